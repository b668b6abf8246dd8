/** The columns of the table of queues. */
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Clipped } from '@/ui/Clipped';
import type { Column } from '@/ui/DataTable';
import { Status } from '@/ui/Status';
import { Figure } from './Figure';
import classes from './Queues.module.css';
import { Sparkline } from './Sparkline';
import { stateOf, tones } from './status';
import type { FigureName, Queue } from './types';

export function useColumns(): Column<Queue>[] {
  const { t } = useTranslation('queues');
  return useMemo(() => {
    const figure = (id: FigureName, width: number, from?: number): Column<Queue> => ({
      id,
      header: t(`columns.${id}`),
      cell: (queue) => <Figure queue={queue} name={id} />,
      sort: (queue) => queue[id],
      align: 'right',
      width,
      from,
    });
    return [
      {
        id: 'name',
        header: t('columns.name'),
        cell: (queue) => <Clipped strong>{queue.name}</Clipped>,
        sort: (queue) => queue.name,
      },
      {
        id: 'kind',
        header: t('columns.kind'),
        cell: (queue) => <span className={classes.kind}>{t(`kinds.${queue.kind}`)}</span>,
        sort: (queue) => queue.kind,
        width: 104,
        from: 1200,
      },
      {
        id: 'trend',
        header: t('columns.trend'),
        cell: (queue) => <Sparkline queue={queue.name} />,
        width: 124,
        from: 760,
      },
      figure('ready', 76, 520),
      figure('unacked', 88, 900),
      figure('depth', 76),
      figure('rate_in', 80, 1200),
      figure('rate_out', 80, 1200),
      figure('consumers', 100, 1200),
      figure('oldest_age_seconds', 124, 900),
      {
        id: 'state',
        header: t('columns.state'),
        cell: (queue) => {
          const state = stateOf(queue);
          return <Status tone={tones[state]}>{t(`states.${state}`)}</Status>;
        },
        sort: stateOf,
        width: 112,
      },
    ];
  }, [t]);
}
