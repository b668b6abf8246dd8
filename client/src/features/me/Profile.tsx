/** One's name. */
import { Group, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '@/api/client';
import { useSend } from '@/api/useSend';
import { FormProblem } from '@/session/FormProblem';
import { session, type User } from '@/session/session';
import { Section } from './Section';
import { SendButton } from './SendButton';

export function Profile({ user }: { user: User }) {
  const { t } = useTranslation('me');
  const [first, setFirst] = useState(user.first_name);
  const [last, setLast] = useState(user.last_name);
  const [done, setDone] = useState(false);
  const sending = useSend(async () => {
    const body = { first_name: first, last_name: last };
    session.changed(await ask<User>('/v1/me', { method: 'PATCH', body }));
  });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setDone(await sending.send());
  };
  return (
    <Section title={t('profile.title')} about={t('profile.about')}>
      <form onSubmit={submit} noValidate aria-label={t('profile.title')}>
        <Stack gap="sm">
          <FormProblem sending={sending} fields={['first_name', 'last_name']} />
          <Group grow align="flex-start">
            <TextInput
              label={t('session.firstName')}
              autoComplete="given-name"
              value={first}
              onChange={(event) => setFirst(event.currentTarget.value)}
              error={sending.of('first_name')}
            />
            <TextInput
              label={t('session.lastName')}
              autoComplete="family-name"
              value={last}
              onChange={(event) => setLast(event.currentTarget.value)}
              error={sending.of('last_name')}
            />
          </Group>
          <SendButton sending={sending} label={t('save')} done={done ? t('saved') : undefined} />
        </Stack>
      </form>
    </Section>
  );
}
