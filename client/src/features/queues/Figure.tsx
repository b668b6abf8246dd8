/** One figure of a queue; where nobody can tell it, a dash that says why. */
import { Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { type Format, useFormat } from '@/i18n/format';
import classes from './Queues.module.css';
import type { FigureName, Queue } from './types';

export function shown(format: Format, name: FigureName, value: number): string {
  if (name === 'rate_in' || name === 'rate_out') return format.rate(value);
  if (name === 'oldest_age_seconds') return value === 0 ? '0' : format.span(value);
  return format.number(value);
}

export function Figure({ queue, name }: { queue: Queue; name: FigureName }) {
  const { t } = useTranslation('queues');
  const format = useFormat();
  const value = queue[name];
  if (value !== null) return <span data-nought={value === 0 || undefined}>{shown(format, name, value)}</span>;
  const why = queue.unknown[name] ?? t('unknownWhy');
  return (
    <Tooltip label={why} multiline maw={300} events={{ hover: true, focus: true, touch: true }}>
      {/* Whoever has no pointer reaches the reason as well. */}
      <span role="note" tabIndex={0} aria-label={t('unknown', { why })} className={classes.unknown}>
        –
      </span>
    </Tooltip>
  );
}
