/** Letters, the latest first, with boxes to tick. */
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import { type Column, DataTable } from '@/ui/DataTable';
import { Ago } from '@/ui/Time';
import type { Letter } from '../api';
import { StateBadge } from './StateBadge';
import classes from './tables.module.css';

interface LettersTableProps {
  letters: Letter[];
  ticked: ReadonlySet<string>;
  onTick: (ticked: ReadonlySet<string>) => void;
  onOpen: (letter: Letter) => void;
  onEnd: () => void;
  empty: React.ReactNode;
}

export function LettersTable({ letters, ticked, onTick, onOpen, onEnd, empty }: LettersTableProps) {
  const { t } = useTranslation('dead-letters');
  const format = useFormat();
  const columns: Column<Letter>[] = [
    { id: 'died', header: t('column.died'), width: 116, cell: (letter) => <Ago at={letter.died_at} /> },
    { id: 'state', header: t('column.state'), width: 116, cell: (letter) => <StateBadge state={letter.state} /> },
    {
      id: 'reason',
      header: t('column.reason'),
      cell: (letter) => (
        <Text inherit truncate title={letter.reason}>
          {letter.reason}
        </Text>
      ),
    },
    {
      id: 'queue',
      header: t('column.queue'),
      width: 210,
      from: 1100,
      cell: (letter) => (
        <Text inherit truncate title={letter.queue}>
          {letter.queue}
        </Text>
      ),
    },
    {
      id: 'kind',
      header: t('column.kind'),
      width: 150,
      from: 900,
      cell: (letter) => (
        <Text inherit truncate title={letter.kind}>
          {letter.kind}
        </Text>
      ),
    },
    {
      id: 'attempts',
      header: t('column.attempts'),
      align: 'right',
      width: 86,
      from: 700,
      cell: (letter) => <span className={classes.figure}>{format.number(letter.attempts)}</span>,
    },
    {
      id: 'size',
      header: t('column.size'),
      align: 'right',
      width: 92,
      from: 1100,
      cell: (letter) => <span className={classes.figure}>{format.bytes(letter.size)}</span>,
    },
  ];
  return (
    <DataTable
      label={t('view.letters')}
      columns={columns}
      rows={letters}
      rowId={(letter) => letter.id}
      onOpen={onOpen}
      selected={ticked}
      onSelect={onTick}
      onEnd={onEnd}
      empty={empty}
    />
  );
}
