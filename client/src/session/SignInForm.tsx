/** E-mail and password, and what the server says of them: on the sign-in page, and over a screen whose session expired. */
import { Button, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useSend } from '@/api/useSend';
import { FormProblem } from './FormProblem';
import { Secret } from './Secret';
import { session } from './session';

interface SignInFormProps {
  /** Who is expected. */
  email?: string;
  onDone?: () => void;
}

export function SignInForm({ email: expected = '', onDone }: SignInFormProps) {
  const { t } = useTranslation('me');
  const [email, setEmail] = useState(expected);
  const [password, setPassword] = useState('');
  const sending = useSend(() => session.signIn(email.trim(), password));
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (await sending.send()) onDone?.();
  };
  return (
    <form onSubmit={submit} noValidate aria-label={t('session.signIn')}>
      <Stack gap="sm">
        <FormProblem sending={sending} fields={['email', 'password']} words={{ 401: t('session.wrong') }} />
        <TextInput
          label={t('session.email')}
          type="email"
          name="email"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          value={email}
          onChange={(event) => setEmail(event.currentTarget.value)}
          error={sending.of('email')}
          autoFocus={expected === ''}
        />
        <Secret
          label={t('session.password')}
          name="password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
          error={sending.of('password')}
          data-autofocus={expected !== '' || undefined}
        />
        <Button type="submit" fullWidth mt="xs" loading={sending.pending} disabled={sending.wait > 0}>
          {sending.wait > 0 ? t('session.wait', { count: sending.wait }) : t('session.signIn')}
        </Button>
      </Stack>
    </form>
  );
}
