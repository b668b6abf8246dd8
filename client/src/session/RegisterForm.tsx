/** A new account. The same form sent again is the same request, so that a lost answer makes no second one. */
import { Button, Group, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { request } from '@/api/request';
import { useSend } from '@/api/useSend';
import { FormProblem } from './FormProblem';
import { Secret } from './Secret';
import { session } from './session';

const empty = { email: '', password: '', first_name: '', last_name: '' };

export function RegisterForm() {
  const { t } = useTranslation('me');
  const [given, setGiven] = useState(empty);
  const key = useRef({ of: '', key: '' });
  const sending = useSend(async () => {
    const body = { ...given, email: given.email.trim() };
    const content = JSON.stringify(body);
    if (key.current.of !== content) key.current = { of: content, key: randomKey() };
    await request('/v1/users', { method: 'POST', body, headers: { 'idempotency-key': key.current.key } });
    await session.signIn(body.email, body.password);
  });
  const isTaken = sending.problem?.code === 'already_exists';
  const field = (name: keyof typeof empty) => ({
    name,
    value: given[name],
    onChange: (event: { currentTarget: HTMLInputElement }) => {
      const { value } = event.currentTarget;
      setGiven((before) => ({ ...before, [name]: value }));
    },
    error: sending.of(name),
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    void sending.send();
  };
  return (
    <form onSubmit={submit} noValidate aria-label={t('session.register')}>
      <Stack gap="sm">
        {!isTaken && <FormProblem sending={sending} fields={Object.keys(empty)} />}
        <TextInput
          label={t('session.email')}
          type="email"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          {...field('email')}
          error={isTaken ? t('session.taken') : sending.of('email')}
        />
        <Secret
          label={t('session.password')}
          description={t('session.passwordRule')}
          autoComplete="new-password"
          {...field('password')}
        />
        <Group grow align="flex-start" gap="sm">
          <TextInput label={t('session.firstName')} autoComplete="given-name" {...field('first_name')} />
          <TextInput label={t('session.lastName')} autoComplete="family-name" {...field('last_name')} />
        </Group>
        <Button type="submit" fullWidth mt="xs" loading={sending.pending} disabled={sending.wait > 0}>
          {sending.wait > 0 ? t('session.wait', { count: sending.wait }) : t('session.register')}
        </Button>
      </Stack>
    </form>
  );
}

/** Also where the page came over plain HTTP, which has no `randomUUID`. */
function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
