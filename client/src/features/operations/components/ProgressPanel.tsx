/** The bar, the counts below it, and the time that is left. */
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import type { Operation } from '../api';
import { average, settled, timeLeft } from '../progress';
import { Bar } from './Bar';
import classes from './ProgressPanel.module.css';

export function ProgressPanel({ operation, measured }: { operation: Operation; measured: number | undefined }) {
  const { t } = useTranslation('operations');
  const format = useFormat();
  const isRunning = operation.state === 'running';
  const left = timeLeft(operation, measured);
  const averaged = average(operation);
  const parts = [
    ['done', operation.done],
    ['failed', operation.failed],
    ['skipped', operation.skipped],
    ['waiting', Math.max(operation.total - settled(operation), 0)],
  ] as const;
  return (
    <section className={classes.panel} aria-label={t('column.progress')}>
      <div className={classes.line}>
        <span className={classes.settled}>
          {t('progress', { settled: format.number(settled(operation)), total: format.number(operation.total) })}
        </span>
        <span className={classes.pace}>
          {isRunning && measured !== undefined && <span>{t('now', { rate: format.rate(measured) })}</span>}
          {isRunning && <span>{left === undefined ? t('leftUnknown') : t('left', { time: format.span(left) })}</span>}
          {!isRunning && averaged !== undefined && <span>{t('averaged', { rate: format.rate(averaged) })}</span>}
        </span>
      </div>
      <Bar operation={operation} size={8} />
      <dl className={classes.counts}>
        {parts.map(([part, count]) => (
          <div key={part} className={classes.count}>
            <dt data-part={part}>{t(part)}</dt>
            <dd>{format.number(count)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
