/** What the map shows, to be read: every connection with its figures. */
import { Table } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import { type Connection, QUEUE } from './connections';
import classes from './Overview.module.css';

export function ConnectionsTable({ connections }: { connections: Connection[] }) {
  const { t } = useTranslation('overview');
  const format = useFormat();
  const name = (target: string | undefined) =>
    target === undefined ? t('elsewhere') : target === QUEUE ? t('queue') : target;
  return (
    <div className={classes.scroll} tabIndex={0} role="region" aria-label={t('connections')}>
      <Table className={classes.table} aria-label={t('connections')} verticalSpacing={6}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th scope="col">{t('from')}</Table.Th>
            <Table.Th scope="col">{t('to')}</Table.Th>
            <Table.Th scope="col">{t('line')}</Table.Th>
            <Table.Th scope="col" ta="right">
              {t('calls')}
            </Table.Th>
            <Table.Th scope="col" ta="right">
              {t('errors')}
            </Table.Th>
            <Table.Th scope="col" ta="right">
              {t('p95')}
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {connections.map((it) => (
            <Table.Tr key={`${it.door} ${it.target ?? ''}`} title={it.routes.map(({ route }) => route).join(', ')}>
              <Table.Td>{it.door}</Table.Td>
              <Table.Td>{name(it.target)}</Table.Td>
              <Table.Td c="dimmed">{it.lines.join(', ') || '–'}</Table.Td>
              <Table.Td ta="right">{format.rate(it.calls)}</Table.Td>
              <Table.Td
                ta="right"
                className={it.errors ? classes.bad : undefined}
                data-nought={!it.errors || undefined}
              >
                {format.rate(it.errors)}
              </Table.Td>
              <Table.Td ta="right">{it.p95 === null ? '–' : format.span(it.p95 / 1000)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}
