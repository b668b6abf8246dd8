/** All queues as they are now: how much is in them, how fast it comes and goes, how old it is. */
import { NativeSelect } from '@mantine/core';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import { Freshness } from '@/live/Freshness';
import { useFigures } from '@/live/figures';
import { DataTable } from '@/ui/DataTable';
import { FilterInput } from '@/ui/FilterInput';
import { Filters } from '@/ui/Filters';
import { Page } from '@/ui/Page';
import { Empty, Failed, Loading } from '@/ui/states';
import { useSteady } from '@/ui/steady';
import { useColumns } from './columns';
import { history } from './history';
import { QueueDrawer } from './QueueDrawer';
import { kinds, type Queue, type Queues, readSearch, type Search } from './types';

export default function QueuesScreen() {
  const { t } = useTranslation('queues');
  const format = useFormat();
  const [search, change] = useUrl();
  const figures = useFigures<Queues>('queues', '/v1/admin/queues', { lists: ['queues'] });
  const queues = figures.data?.queues;
  useHistory(figures.at, queues, figures.error !== undefined);
  const columns = useColumns();
  const looked = useSteady(search);
  const rows = useMemo(() => (queues ?? []).filter((queue) => fits(queue, looked)), [queues, looked]);
  return (
    <Page
      title={t('title')}
      count={queues && t('count', { shown: format.number(rows.length), all: format.number(queues.length) })}
      actions={<Freshness figures={figures} />}
      toolbar={<QueueFilters search={search} change={change} />}
      fill
    >
      {!queues && !figures.error && <Loading />}
      {figures.error && <Failed error={figures.error} retry={figures.retry} />}
      {queues && (
        <DataTable
          label={t('title')}
          columns={columns}
          rows={rows}
          rowId={({ name }) => name}
          opened={search.name}
          onOpen={({ name }) => change({ name })}
          empty={queues.length === 0 ? <NoQueues /> : <Empty title={t('noneFits')}>{t('noneFitsHint')}</Empty>}
        />
      )}
      <QueueDrawer
        name={queues && search.name}
        queue={queues?.find(({ name }) => name === search.name)}
        close={() => change({ name: undefined })}
      />
    </Page>
  );
}

function fits(queue: Queue, { q, kind }: Search): boolean {
  const text = `${queue.name} ${queue.service ?? ''}`.toLowerCase();
  return (!kind || queue.kind === kind) && (!q || text.includes(q.toLowerCase()));
}

/** The search of the URL, and a way to change some of it. */
function useUrl(): [Search, (changed: Search) => void] {
  const query = useSearch({ strict: false }) as Record<string, unknown>;
  const navigate = useNavigate();
  const search = useMemo(() => readSearch(query), [query]);
  const change = (changed: Search) =>
    // A drawer is a step back in the history, a letter more in a filter is none.
    void navigate({
      to: '.',
      search: (last: Record<string, unknown>) => ({ ...readSearch(last), ...changed }),
      replace: !('name' in changed),
    });
  return [search, change];
}

/** Keeps what comes, in the tab's memory; what is not looked at is a gap. */
function useHistory(at: number | undefined, queues: Queue[] | undefined, isLost: boolean): void {
  if (at !== undefined && queues && !isLost) history.add(at, queues);
  useEffect(() => {
    if (isLost) history.pause(Date.now());
  }, [isLost]);
  useEffect(() => () => history.pause(Date.now()), []);
}

function QueueFilters({ search, change }: { search: Search; change: (changed: Search) => void }) {
  const { t } = useTranslation('queues');
  return (
    <Filters>
      <FilterInput label={t('filter')} value={search.q} onChange={(q) => change({ q: q || undefined })} />
      <NativeSelect
        size="xs"
        aria-label={t('columns.kind')}
        value={search.kind ?? ''}
        onChange={(event) => change({ kind: kinds.find((kind) => kind === event.currentTarget.value) })}
        data={[
          { value: '', label: t('allKinds') },
          ...kinds.map((kind) => ({ value: kind, label: t(`kinds.${kind}`) })),
        ]}
      />
    </Filters>
  );
}

function NoQueues() {
  const { t } = useTranslation('queues');
  const curl = [
    `curl -X POST ${window.location.origin}/v1/events/logs \\`,
    `  -H 'Content-Type: application/json' \\`,
    `  -d '{"name":"event","level":"INFO","data":"hello by queue"}'`,
  ].join('\n');
  return (
    <Empty title={t('empty')} curl={curl}>
      {t('emptyHint')}
    </Empty>
  );
}
