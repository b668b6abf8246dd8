/** The end of the account: with the password, and the e-mail typed, so that nobody does it by mistake. */
import { Button, Group, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '@/api/client';
import { useSend } from '@/api/useSend';
import { FormProblem } from '@/session/FormProblem';
import { Secret } from '@/session/Secret';
import { session } from '@/session/session';
import { Section } from './Section';
import { SendButton } from './SendButton';

export function DeleteAccount({ email }: { email: string }) {
  const { t } = useTranslation('me');
  const [isOpen, setOpen] = useState(false);
  const [typed, setTyped] = useState('');
  const [password, setPassword] = useState('');
  const sending = useSend(async () => {
    await ask('/v1/me', { method: 'DELETE', body: { password } });
    session.forget();
  });
  const isSure = typed.trim().toLowerCase() === email.toLowerCase() && password !== '';
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isSure) void sending.send();
  };
  const close = () => {
    setOpen(false);
    setTyped('');
    setPassword('');
    sending.forget();
  };
  return (
    <Section title={t('deletion.title')} about={t('deletion.about')}>
      {!isOpen && (
        <Button size="xs" variant="default" onClick={() => setOpen(true)}>
          {t('deletion.open')}
        </Button>
      )}
      {isOpen && (
        <form onSubmit={submit} noValidate aria-label={t('deletion.title')}>
          <Stack gap="sm">
            <FormProblem sending={sending} fields={['password']} />
            <TextInput
              autoFocus
              label={t('deletion.type', { email })}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
            />
            <Secret
              label={t('password.current')}
              autoComplete="current-password"
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
              error={sending.of('password')}
            />
            <Group gap="xs">
              <SendButton sending={sending} label={t('deletion.sure')} disabled={!isSure} color="red" />
              <Button size="xs" variant="default" onClick={close}>
                {t('cancel')}
              </Button>
            </Group>
          </Stack>
        </form>
      )}
    </Section>
  );
}
