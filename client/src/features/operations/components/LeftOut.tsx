/** The letters that failed or were left out, each with its reason. */
import { Anchor, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import { Status } from '@/ui/Status';
import type { Operation, ShownOperation } from '../api';
import classes from './LeftOut.module.css';

export function LeftOut({ operation }: { operation: Operation & Partial<Pick<ShownOperation, 'letters'>> }) {
  const { t } = useTranslation('operations');
  const format = useFormat();
  const letters = operation.letters ?? [];
  const total = operation.failed + operation.skipped;
  return (
    <section aria-label={t('leftOut')}>
      <Text component="h2" className={classes.heading}>
        {t('leftOut')}
      </Text>
      {letters.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('leftOutNone')}
        </Text>
      )}
      {letters.length < total && letters.length > 0 && (
        <Text size="xs" c="dimmed">
          {t('leftOutSome', { shown: format.number(letters.length), total: format.number(total) })}
        </Text>
      )}
      <ul className={classes.list}>
        {letters.map(({ letter, state, detail }) => (
          <li key={letter} className={classes.row}>
            <Status tone={state === 'failed' ? 'bad' : 'quiet'}>
              {t(`outcome.${state}`, { defaultValue: state })}
            </Status>
            <Anchor component={Link} to={`/dead-letters/${letter}`} className={classes.id}>
              {letter}
            </Anchor>
            <span className={classes.detail}>{detail}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
