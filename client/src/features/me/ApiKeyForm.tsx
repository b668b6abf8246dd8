/** A new key: its name, what it may, and for how long. */

import { Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '@/api/client';
import { serverNow } from '@/api/clock';
import type { NewApiKey } from '@/api/types';
import { useSend } from '@/api/useSend';
import { FormProblem } from '@/session/FormProblem';
import { SendButton } from './SendButton';

const lifetimes = ['30', '90', '365', ''];
const day = 86_400_000;

interface ApiKeyFormProps {
  /** The user's own: a key has no more. */
  role: string;
  onDone: (made: NewApiKey | undefined) => void;
}

export function ApiKeyForm({ role, onDone }: ApiKeyFormProps) {
  const { t } = useTranslation('me');
  const [name, setName] = useState('');
  const [roles, setRoles] = useState('user');
  const [days, setDays] = useState('90');
  const sending = useSend(async () => {
    const expires_at = days === '' ? undefined : new Date(serverNow() + Number(days) * day).toISOString();
    const body = { name, roles: roles.split(' '), expires_at };
    onDone(await ask<NewApiKey>('/v1/me/api-keys', { method: 'POST', body }));
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void sending.send();
  };
  return (
    <form onSubmit={submit} noValidate aria-label={t('keys.make')}>
      <Stack gap="sm" py="xs">
        <FormProblem sending={sending} fields={['name', 'roles', 'expires_at']} />
        <TextInput
          autoFocus
          label={t('keys.name')}
          description={t('keys.nameAbout')}
          autoComplete="off"
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={sending.of('name')}
        />
        <Group grow align="flex-start">
          <NativeSelect
            label={t('keys.roles')}
            data={[
              { value: 'user', label: t('keys.role.user') },
              { value: 'user admin', label: t('keys.role.admin'), disabled: role !== 'admin' },
            ]}
            value={roles}
            onChange={(event) => setRoles(event.currentTarget.value)}
            error={sending.of('roles')}
          />
          <NativeSelect
            label={t('keys.lifetime')}
            data={lifetimes.map((value) => ({
              value,
              label: value === '' ? t('keys.forEver') : t('keys.days', { count: Number(value) }),
            }))}
            value={days}
            onChange={(event) => setDays(event.currentTarget.value)}
            error={sending.of('expires_at')}
          />
        </Group>
        <Group gap="xs">
          <SendButton sending={sending} label={t('keys.make')} />
          <Button size="xs" variant="default" onClick={() => onDone(undefined)}>
            {t('cancel')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
