/** The e-mail that one signs in with. */
import { Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '@/api/client';
import { useSend } from '@/api/useSend';
import { FormProblem } from '@/session/FormProblem';
import { Secret } from '@/session/Secret';
import { session, type User } from '@/session/session';
import { Section } from './Section';
import { SendButton } from './SendButton';

export function Email({ user }: { user: User }) {
  const { t } = useTranslation('me');
  const [email, setEmail] = useState(user.email);
  const [password, setPassword] = useState('');
  const [done, setDone] = useState(false);
  const sending = useSend(async () => {
    session.changed(await ask<User>('/v1/me/email', { method: 'POST', body: { email: email.trim(), password } }));
  });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const went = await sending.send();
    setDone(went);
    if (went) setPassword('');
  };
  const isTaken = sending.problem?.code === 'already_exists';
  return (
    <Section title={t('email.title')} about={t('email.about')}>
      <form onSubmit={submit} noValidate aria-label={t('email.change')}>
        <Stack gap="sm">
          {!isTaken && <FormProblem sending={sending} fields={['email', 'password']} />}
          <TextInput
            label={t('session.email')}
            type="email"
            autoComplete="email"
            value={email}
            onChange={(event) => setEmail(event.currentTarget.value)}
            error={isTaken ? t('session.taken') : sending.of('email')}
          />
          <Secret
            label={t('password.current')}
            autoComplete="current-password"
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            error={sending.of('password')}
          />
          <SendButton
            sending={sending}
            label={t('email.change')}
            done={done ? t('email.changed') : undefined}
            disabled={email.trim() === user.email || password === ''}
          />
        </Stack>
      </form>
    </Section>
  );
}
