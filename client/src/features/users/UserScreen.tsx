/** An account by itself: what it may do, whether it may sign in, and a way back for who lost the password. */
import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams, useSearch } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSession } from '@/session/session';
import { Copied } from '@/ui/CopyCode';
import { type Fact, Facts } from '@/ui/Facts';
import { Page } from '@/ui/Page';
import { Status } from '@/ui/Status';
import { Failed, Loading } from '@/ui/states';
import { Moment } from '@/ui/Time';
import { type Account, type Changes, createdAt, nameOf, showUser } from './api/users';
import { ConfirmChange } from './ConfirmChange';
import { ResetLinkMaker } from './ResetLinkMaker';
import type { UsersSearch } from './search';
import css from './users.module.css';

export default function UserScreen() {
  const { t } = useTranslation('users');
  const { id = '' } = useParams({ strict: false }) as { id?: string };
  const search = useSearch({ strict: false }) as UsersSearch;
  const { data, error, refetch } = useQuery({
    queryKey: ['users', 'one', id],
    queryFn: ({ signal }) => showUser(id, signal),
  });
  return (
    <Page
      back={{ to: '/users', search, label: t('back') }}
      title={data ? nameOf(data) || data.email : t('user')}
      count={data && !data.active ? <Status tone="bad">{t('disabled')}</Status> : undefined}
    >
      {error && <Failed error={error} retry={() => void refetch()} />}
      {!error && !data && <Loading />}
      {data && <AccountDetail account={data} />}
    </Page>
  );
}

function AccountDetail({ account }: { account: Account }) {
  const { t } = useTranslation('users');
  const { user: self } = useSession();
  const [changes, setChanges] = useState<Changes>();
  const isAdmin = account.role === 'admin';
  return (
    <div className={css.account}>
      <AccountFacts account={account} />
      <Stack gap={0}>
        <Setting
          title={t('role')}
          value={t(`roles.${account.role}`, account.role)}
          hint={isAdmin ? t('adminHint') : t('userHint')}
        >
          <Button variant="default" size="xs" onClick={() => setChanges({ role: isAdmin ? 'user' : 'admin' })}>
            {isAdmin ? t('makeUser') : t('makeAdmin')}
          </Button>
        </Setting>
        <Setting
          title={t('state')}
          value={account.active ? t('active') : t('disabled')}
          hint={account.active ? t('activeHint') : t('disabledHint')}
        >
          <Button
            variant={account.active ? 'outline' : 'default'}
            color={account.active ? 'red' : undefined}
            size="xs"
            onClick={() => setChanges({ active: !account.active })}
          >
            {account.active ? t('disable') : t('enable')}
          </Button>
        </Setting>
        <ResetLinkMaker account={account} />
      </Stack>
      <ConfirmChange
        account={account}
        changes={changes}
        isSelf={self?.id === account.id}
        close={() => setChanges(undefined)}
      />
    </div>
  );
}

function AccountFacts({ account }: { account: Account }) {
  const { t } = useTranslation('users');
  const created = createdAt(account.id);
  const facts: Fact[] = [
    { name: t('email'), value: account.email },
    { name: t('name'), value: nameOf(account) || '–' },
    { name: t('created'), value: created === undefined ? '–' : <Moment at={new Date(created).toISOString()} /> },
    { name: t('id'), value: <Copied text={account.id} /> },
  ];
  return <Facts facts={facts} />;
}

interface SettingProps {
  title: string;
  value: string;
  hint: string;
  children: ReactNode;
}

function Setting({ title, value, hint, children }: SettingProps) {
  return (
    <section className={css.setting}>
      <Group justify="space-between" align="flex-start" gap="md">
        <div className={css.words}>
          <Title order={2} className={css.title}>
            {title}: {value}
          </Title>
          <Text size="sm" c="dimmed">
            {hint}
          </Text>
        </div>
        {children}
      </Group>
    </section>
  );
}
