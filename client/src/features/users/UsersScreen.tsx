/** Every account, found by name or e-mail; pages come as one scrolls. */
import { Button } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { curlOf } from '@/api/curl';
import { useFormat } from '@/i18n/format';
import { Clipped } from '@/ui/Clipped';
import { type Column, DataTable } from '@/ui/DataTable';
import { FilterInput } from '@/ui/FilterInput';
import { Filters } from '@/ui/Filters';
import { Page } from '@/ui/Page';
import { Status } from '@/ui/Status';
import { Empty, Failed, Loading } from '@/ui/states';
import { useSteady } from '@/ui/steady';
import { Ago } from '@/ui/Time';
import { type Account, createdAt, listUsers, nameOf } from './api/users';
import type { UsersSearch } from './search';

export default function UsersScreen() {
  const { t } = useTranslation('users');
  const format = useFormat();
  const navigate = useNavigate();
  const { q = '' } = useSearch({ strict: false }) as UsersSearch;
  const looked = useSteady(q);
  const pages = useInfiniteQuery({
    queryKey: ['users', 'list', looked],
    queryFn: ({ pageParam, signal }) => listUsers(looked, pageParam, signal),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
  });
  const { data, error, hasNextPage, isFetching, fetchNextPage, refetch } = pages;
  const users = useMemo(() => data?.pages.flatMap((page) => page.users) ?? [], [data]);

  const columns: Column<Account>[] = [
    { id: 'name', header: t('name'), cell: (user) => <Clipped strong>{nameOf(user) || '–'}</Clipped>, from: 720 },
    { id: 'email', header: t('email'), cell: (user) => <Clipped>{user.email}</Clipped> },
    { id: 'role', header: t('role'), cell: (user) => t(`roles.${user.role}`, user.role), width: 110, from: 520 },
    { id: 'active', header: t('state'), cell: (user) => <Activity user={user} />, width: 110 },
    { id: 'created', header: t('created'), cell: (user) => <Created id={user.id} />, width: 150, from: 860 },
  ];
  const shown = format.number(users.length);
  const find = (text: string) => void navigate({ to: '/users', search: { q: text || undefined }, replace: true });
  return (
    <Page
      title={t('title')}
      count={data && (hasNextPage ? t('shown', { shown }) : t('shownAll', { shown, all: shown }))}
      toolbar={
        <Filters>
          <FilterInput label={t('find')} value={q} onChange={find} />
        </Filters>
      }
      fill
    >
      {error && <Failed error={error} retry={() => void (data ? fetchNextPage() : refetch())} />}
      {!error && !data && <Loading />}
      {data && (
        <DataTable
          label={t('title')}
          columns={columns}
          rows={users}
          rowId={(user) => user.id}
          onOpen={(user) => void navigate({ to: '/users/$id', params: { id: user.id }, search: { q: q || undefined } })}
          onEnd={() => {
            if (hasNextPage && !isFetching && !error) void fetchNextPage();
          }}
          empty={
            looked ? <NoMatch q={looked} clear={() => find('')} /> : <Empty title={t('empty')} curl={registering()} />
          }
        />
      )}
    </Page>
  );
}

function Activity({ user }: { user: Account }) {
  const { t } = useTranslation('users');
  return <Status tone={user.active ? 'good' : 'bad'}>{user.active ? t('active') : t('disabled')}</Status>;
}

function Created({ id }: { id: string }) {
  const at = createdAt(id);
  return at === undefined ? '–' : <Ago at={new Date(at).toISOString()} />;
}

function NoMatch({ q, clear }: { q: string; clear: () => void }) {
  const { t } = useTranslation('users');
  return (
    <>
      <Empty title={t('noMatch', { q })}>{t('noMatchHint')}</Empty>
      <Button variant="default" size="xs" mx="auto" onClick={clear}>
        {t('clear')}
      </Button>
    </>
  );
}

function registering(): string {
  const example = { email: 'ada@example.com', first_name: 'Ada', last_name: 'Lovelace', password: '***' };
  return curlOf({
    method: 'POST',
    url: `${window.location.origin}/v1/users`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(example),
  });
}
