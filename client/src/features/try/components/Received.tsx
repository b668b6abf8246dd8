/** What came back, as it is: a result, a problem, nonsense, or nothing at all. */
import { Alert } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import { Copy } from '@/ui/CopyCode';
import { Status, type Tone } from '@/ui/Status';
import type { Outcome } from '../tries/send';
import classes from './Pane.module.css';
import { Headers } from './Sent';

/** More than this of an answer is not laid out. */
const MOST = 100_000;

export function toneOf(status: number): Tone {
  if (status >= 500) return 'bad';
  if (status >= 400) return 'warn';
  return status >= 200 && status < 300 ? 'good' : 'quiet';
}

export function Received({ outcome, waiting }: { outcome: Outcome | undefined; waiting: boolean }) {
  const { t } = useTranslation('try');
  const format = useFormat();
  const received = outcome?.received;
  return (
    <section className={classes.pane} aria-label={t('received')} aria-busy={waiting}>
      <header className={classes.head}>
        <h2>{t('received')}</h2>
        {received && (
          <Status tone={toneOf(received.status)}>{`${received.status} ${received.statusText}`.trim()}</Status>
        )}
        {outcome && <span className={classes.took}>{t('took', { ms: format.number(outcome.took, 1) })}</span>}
        <span className={classes.space} />
        {received?.body && <Copy text={received.body} label={t('copy_answer')} />}
      </header>
      <div className={classes.content} aria-live="polite">
        {!outcome &&
          (waiting ? (
            <p className={classes.quiet}>{t('waiting')}</p>
          ) : (
            <div className={classes.nothing}>
              <b>{t('nothing')}</b>
              <span>{t('nothing_how')}</span>
            </div>
          ))}
        {outcome?.failure !== undefined && (
          <Alert color="red" variant="light" icon={<IconAlertTriangle size={18} />} title={t('no_answer')}>
            {outcome.failure}
          </Alert>
        )}
        {outcome?.trace && (
          <p className={classes.trace}>
            <span>{t('trace')}</span>
            <code>{outcome.trace}</code>
            <Copy text={outcome.trace} label={t('copy_trace')} />
          </p>
        )}
        {received && (
          <>
            <Headers label={t('headers')} headers={received.headers} />
            {received.body === '' ? (
              <p className={classes.quiet}>{t('no_content')}</p>
            ) : (
              <>
                {!received.json && <p className={classes.quiet}>{t('not_json_answer')}</p>}
                <pre className={classes.code} tabIndex={0} aria-label={t('received')}>
                  {received.body.slice(0, MOST)}
                </pre>
                {received.body.length > MOST && (
                  <p className={classes.quiet}>
                    {t('part', { shown: format.bytes(MOST), size: format.bytes(received.body.length) })}
                  </p>
                )}
              </>
            )}
          </>
        )}
      </div>
    </section>
  );
}
