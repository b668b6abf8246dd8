/** The depth of one queue over the last five minutes, within a row. */
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import { useNow } from '@/ui/Time';
import { history } from './history';
import classes from './Queues.module.css';
import { sparkPath } from './spark';

const box = { width: 104, height: 20 };

export function Sparkline({ queue }: { queue: string }) {
  const { t } = useTranslation('queues');
  const format = useFormat();
  const now = useNow();
  const points = history.of(queue);
  const last = points.at(-1);
  if (!last) return null;
  const highest = Math.max(0, ...points.map(({ depth }) => depth ?? 0));
  const label = t('sparkLabel', { highest: format.number(highest) });
  return (
    <svg {...box} viewBox={`0 0 ${box.width} ${box.height}`} role="img" aria-label={label} className={classes.spark}>
      <path d={`M0 ${box.height - 0.5}H${box.width}`} className={classes.sparkFloor} />
      <path d={sparkPath(points, Math.max(now, last.at), box)} className={classes.sparkLine} />
    </svg>
  );
}
