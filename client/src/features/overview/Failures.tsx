/** What failed lately, each with a way to where it can be handled. */
import { Text } from '@mantine/core';
import { IconCircleCheck } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import { Status, type Tone } from '@/ui/Status';
import { Ago } from '@/ui/Time';
import type { Failure } from './failures';
import classes from './Overview.module.css';
import { PlaceLink } from './PlaceLink';

const tones: Record<Failure['kind'], Tone> = { route: 'bad', part: 'warn', letters: 'bad' };

/** `known` is false until the dead letters were asked for: nothing is called well before that. */
export function Failures({ failures, known }: { failures: Failure[]; known: boolean }) {
  const { t } = useTranslation('overview');
  const format = useFormat();
  const words = (failure: Failure) => {
    if (failure.kind === 'route')
      return [
        failure.route,
        t('routeFailed', { errors: format.rate(failure.errors), calls: format.rate(failure.calls) }),
      ];
    if (failure.kind === 'part') return [`${failure.service}: ${failure.part}`, failure.reason];
    return [failure.group.cause, t('lettersFailed', { count: failure.group.count, queue: failure.group.queue })];
  };
  return (
    <section aria-labelledby="failures">
      <h2 id="failures" className={classes.heading}>
        {t('failures')}
      </h2>
      {known && failures.length === 0 && (
        <Text size="sm" c="dimmed" className={classes.calm}>
          <IconCircleCheck size={16} aria-hidden /> {t('noFailures')}
        </Text>
      )}
      {failures.length > 0 && (
        <ul className={classes.list}>
          {failures.map((failure) => {
            const [what, more] = words(failure);
            return (
              <li key={failure.id} className={classes.row}>
                <span className={classes.kind}>
                  <Status tone={tones[failure.kind]}>{t(`kinds.${failure.kind}`)}</Status>
                </span>
                <span className={classes.grow}>
                  <Text size="sm" span fw={500} className={classes.break}>
                    {what}
                  </Text>{' '}
                  <Text size="sm" span c="dimmed" className={classes.break}>
                    {more}
                  </Text>
                </span>
                {failure.kind === 'letters' && (
                  <Text size="sm" c="dimmed" className={classes.when}>
                    <Ago at={failure.group.last} />
                  </Text>
                )}
                <PlaceLink place={failure.place} what={what ?? ''} />
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}
