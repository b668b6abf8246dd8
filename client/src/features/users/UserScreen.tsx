/** An account by itself: what it may do, whether it may sign in, and a way back for who lost the password. */
import { Button, Code, Group, Stack, Text, Title } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams, useSearch } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import { useSession } from '@/session/session';
import { Page } from '@/ui/Page';
import { Status } from '@/ui/Status';
import { Failed, Loading } from '@/ui/states';
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
      title={data ? nameOf(data) || data.email : t('user')}
      count={data && !data.active ? <Status tone="bad">{t('disabled')}</Status> : undefined}
      toolbar={
        <Link to="/users" search={search} className={css.back}>
          <IconArrowLeft size={16} aria-hidden /> {t('back')}
        </Link>
      }
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
      <Facts account={account} />
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

function Facts({ account }: { account: Account }) {
  const { t } = useTranslation('users');
  const format = useFormat();
  const created = createdAt(account.id);
  return (
    <dl className={css.facts}>
      <dt>{t('email')}</dt>
      <dd>{account.email}</dd>
      <dt>{t('name')}</dt>
      <dd>{nameOf(account) || '–'}</dd>
      <dt>{t('created')}</dt>
      <dd>{created === undefined ? '–' : format.time(created)}</dd>
      <dt>{t('id')}</dt>
      <dd>
        <Code>{account.id}</Code>
      </dd>
    </dl>
  );
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
