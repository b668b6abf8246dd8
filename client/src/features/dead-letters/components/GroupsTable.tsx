/** What has failed alike, the largest groups first; opening one leads to its letters. */
import { Alert } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { LetterGroup, LetterGroups } from '@/api/types';
import { useFormat } from '@/i18n/format';
import { Clipped } from '@/ui/Clipped';
import { type Column, DataTable } from '@/ui/DataTable';
import { Ago } from '@/ui/Time';

interface GroupsTableProps {
  groups: LetterGroups;
  onOpen: (group: LetterGroup) => void;
  empty: React.ReactNode;
}

export function GroupsTable({ groups, onOpen, empty }: GroupsTableProps) {
  const { t } = useTranslation('dead-letters');
  const format = useFormat();
  const columns: Column<LetterGroup>[] = [
    {
      id: 'cause',
      header: t('column.cause'),
      sort: (group) => group.cause,
      cell: (group) => <Clipped>{group.cause}</Clipped>,
    },
    {
      id: 'queue',
      header: t('column.queue'),
      width: 210,
      from: 600,
      sort: (group) => group.queue,
      cell: (group) => <Clipped>{group.queue}</Clipped>,
    },
    {
      id: 'kind',
      header: t('column.kind'),
      width: 110,
      from: 900,
      sort: (group) => group.kind,
      cell: (group) => <Clipped>{group.kind}</Clipped>,
    },
    {
      id: 'count',
      header: t('column.count'),
      align: 'right',
      width: 104,
      sort: (group) => group.count,
      cell: (group) => format.number(group.count),
    },
    {
      id: 'first',
      header: t('column.first'),
      width: 116,
      from: 1100,
      sort: (group) => group.first,
      cell: (group) => <Ago at={group.first} />,
    },
    {
      id: 'last',
      header: t('column.last'),
      width: 116,
      from: 480,
      sort: (group) => group.last,
      cell: (group) => <Ago at={group.last} />,
    },
  ];
  return (
    <>
      {groups.more && (
        <Alert color="gray" variant="light" py={6}>
          {t('groupsMore')}
        </Alert>
      )}
      <DataTable
        label={t('view.groups')}
        columns={columns}
        rows={groups.groups}
        rowId={(group) => `${group.queue}\n${group.kind}\n${group.cause}`}
        onOpen={onOpen}
        empty={empty}
      />
    </>
  );
}
