/** The tries before, newest first; a click shows one again. */
import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import { type Column, DataTable } from '@/ui/DataTable';
import { Status } from '@/ui/Status';
import type { Outcome } from '../tries/send';
import classes from './Pane.module.css';
import { toneOf } from './Received';

interface OutputProps {
  output: Outcome[];
  kept: number;
  selected: number | undefined;
  onSelect: (id: number) => void;
  onClear: () => void;
}

export function Output({ output, kept, selected, onSelect, onClear }: OutputProps) {
  const { t } = useTranslation('try');
  const format = useFormat();
  const columns: Column<Outcome>[] = [
    {
      id: 'at',
      header: t('at'),
      cell: ({ at }) => <span className={classes.number}>{format.clock(at)}</span>,
      width: 130,
    },
    { id: 'call', header: t('call'), cell: ({ name }) => t(`call_${name}`), width: 150 },
    {
      id: 'path',
      header: 'HTTP',
      cell: ({ sent }) => <span className={classes.mono}>{`${sent.method} ${sent.path}`}</span>,
      from: 700,
    },
    {
      id: 'answer',
      header: t('answer'),
      cell: ({ received }) =>
        received ? (
          <Status tone={toneOf(received.status)}>{`${received.status} ${received.statusText}`.trim()}</Status>
        ) : (
          <Status tone="bad">{t('failed')}</Status>
        ),
      width: 150,
    },
    {
      id: 'took',
      header: t('time'),
      cell: ({ took }) => <span className={classes.number}>{t('took', { ms: format.number(took, 1) })}</span>,
      align: 'right',
      width: 110,
    },
    {
      id: 'trace',
      header: t('trace'),
      cell: ({ trace }) => <span className={classes.mono}>{trace ?? '–'}</span>,
      from: 1000,
    },
  ];
  return (
    <section aria-label={t('output')}>
      <div className={classes.outputHead}>
        <h2>{t('output')}</h2>
        <span className={classes.took}>{t('output_kept', { count: kept })}</span>
        <span className={classes.space} />
        <Button size="compact-xs" variant="subtle" color="gray" onClick={onClear}>
          {t('clear')}
        </Button>
      </div>
      <DataTable
        label={t('output')}
        columns={columns}
        rows={output}
        rowId={({ id }) => String(id)}
        onOpen={({ id }) => onSelect(id)}
        opened={selected === undefined ? undefined : String(selected)}
      />
    </section>
  );
}
