/** What is and was done with dead letters, the latest first. */
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import { type Column, DataTable } from '@/ui/DataTable';
import { fetchMore, More } from '@/ui/More';
import { Page } from '@/ui/Page';
import { Empty, Failed, Loading } from '@/ui/states';
import { Ago } from '@/ui/Time';
import type { Operation } from './api';
import { Bar } from './components/Bar';
import { OperationState } from './components/OperationState';
import { Who } from './components/Who';
import { useOperations } from './live';
import classes from './OperationsScreen.module.css';
import { settled } from './progress';

export default function OperationsScreen() {
  const { t } = useTranslation('operations');
  const format = useFormat();
  const navigate = useNavigate();
  const columns = useColumns();
  const query = useOperations();
  const { operations } = query;
  const number = format.number(operations.length);
  const hasData = query.data !== undefined || operations.length > 0;
  return (
    <Page
      fill
      title={t('title')}
      count={hasData && (query.hasNextPage ? t('shownMore', { number }) : t('shown', { number }))}
    >
      {query.error && <Failed error={query.error} retry={() => query.refetch()} />}
      {!hasData && !query.error && <Loading />}
      {hasData && (
        <DataTable
          label={t('title')}
          columns={columns}
          rows={operations}
          rowId={(operation) => operation.id}
          onOpen={({ id }) => navigate({ to: '/operations/$id', params: { id } })}
          onEnd={() => fetchMore(query)}
          empty={<None />}
        />
      )}
      <More pages={query} />
    </Page>
  );
}

function useColumns(): Column<Operation>[] {
  const { t } = useTranslation('operations');
  const format = useFormat();
  const figure = (value: number) => <span data-nought={value === 0 || undefined}>{format.number(value)}</span>;
  return [
    { id: 'kind', header: t('column.kind'), width: 108, cell: (operation) => t(`name.${operation.kind}`) },
    {
      id: 'state',
      header: t('column.state'),
      width: 100,
      cell: (operation) => <OperationState operation={operation} />,
    },
    {
      id: 'progress',
      header: t('column.progress'),
      cell: (operation) => (
        <span className={classes.progress}>
          <span className={classes.bar}>
            <Bar operation={operation} />
          </span>
          {t('progress', { settled: format.number(settled(operation)), total: format.number(operation.total) })}
        </span>
      ),
    },
    {
      id: 'failed',
      header: t('column.failed'),
      align: 'right',
      width: 92,
      from: 900,
      cell: (operation) => figure(operation.failed),
    },
    {
      id: 'skipped',
      header: t('column.skipped'),
      align: 'right',
      width: 92,
      from: 900,
      cell: (operation) => figure(operation.skipped),
    },
    {
      id: 'rate',
      header: t('column.rate'),
      align: 'right',
      width: 90,
      from: 1100,
      cell: (operation) => (operation.rate === null ? '–' : format.rate(operation.rate)),
    },
    {
      id: 'who',
      header: t('column.who'),
      width: 210,
      from: 1200,
      cell: (operation) => <Who id={operation.who} />,
    },
    {
      id: 'created',
      header: t('column.created'),
      width: 116,
      from: 600,
      cell: (operation) => <Ago at={operation.created_at} />,
    },
  ];
}

function None() {
  const { t } = useTranslation('operations');
  const curl = `curl -X POST ${window.location.origin}/v1/admin/operations \\
  -H "authorization: Bearer $TOKEN" \\
  -H 'content-type: application/json' \\
  -d '{"kind":"replay","filter":{"state":"dead"},"rate":50}'`;
  return (
    <Empty title={t('none.title')} curl={curl}>
      {t('none.text')}
    </Empty>
  );
}
