/** Letters, the latest first, with boxes to tick. */
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import { Clipped } from '@/ui/Clipped';
import { type Column, DataTable } from '@/ui/DataTable';
import { Ago } from '@/ui/Time';
import type { Letter } from '../api';
import { StateBadge } from './StateBadge';

interface LettersTableProps {
  letters: Letter[];
  /** All of them are in one, which is said above. */
  isOneState: boolean;
  ticked: ReadonlySet<string>;
  onTick: (ticked: ReadonlySet<string>) => void;
  onOpen: (letter: Letter) => void;
  onEnd: () => void;
  empty: React.ReactNode;
}

export function LettersTable({ letters, isOneState, ticked, onTick, onOpen, onEnd, empty }: LettersTableProps) {
  const { t } = useTranslation('dead-letters');
  const format = useFormat();
  const all: Column<Letter>[] = [
    { id: 'died', header: t('column.died'), width: 108, cell: (letter) => <Ago at={letter.died_at} /> },
    {
      id: 'state',
      header: t('column.state'),
      width: 116,
      from: 600,
      cell: (letter) => <StateBadge state={letter.state} />,
    },
    { id: 'reason', header: t('column.reason'), cell: (letter) => <Clipped>{letter.reason}</Clipped> },
    {
      id: 'queue',
      header: t('column.queue'),
      width: 210,
      from: 1100,
      cell: (letter) => <Clipped>{letter.queue}</Clipped>,
    },
    {
      id: 'kind',
      header: t('column.kind'),
      width: 110,
      from: 900,
      cell: (letter) => <Clipped>{letter.kind}</Clipped>,
    },
    {
      id: 'attempts',
      header: t('column.attempts'),
      align: 'right',
      width: 92,
      from: 700,
      cell: (letter) => format.number(letter.attempts),
    },
    {
      id: 'size',
      header: t('column.size'),
      align: 'right',
      width: 92,
      from: 1100,
      cell: (letter) => format.bytes(letter.size),
    },
  ];
  const columns = all.filter(({ id }) => id !== 'state' || !isOneState);
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
