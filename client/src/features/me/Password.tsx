/** Another password, which ends the sessions elsewhere. */
import { Stack } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '@/api/client';
import { useSend } from '@/api/useSend';
import { FormProblem } from '@/session/FormProblem';
import { Secret } from '@/session/Secret';
import { Section } from './Section';
import { SendButton } from './SendButton';

export function Password({ email }: { email: string }) {
  const { t } = useTranslation('me');
  const queries = useQueryClient();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [ended, setEnded] = useState<number>();
  const sending = useSend(async () => {
    const body = { current_password: current, new_password: next };
    const answer = await ask<{ sessions_ended: number }>('/v1/me/password', { method: 'POST', body });
    setEnded(answer.sessions_ended);
  });
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setEnded(undefined);
    if (!(await sending.send())) return;
    setCurrent('');
    setNext('');
    await queries.invalidateQueries({ queryKey: ['me', 'sessions'] });
  };
  return (
    <Section title={t('password.title')} about={t('password.about')}>
      <form onSubmit={submit} noValidate aria-label={t('password.title')}>
        <Stack gap="sm">
          <FormProblem sending={sending} fields={['current_password', 'new_password']} />
          {/* So that password managers know whose it is. */}
          <input type="text" name="username" autoComplete="username" value={email} readOnly hidden />
          <Secret
            label={t('password.current')}
            autoComplete="current-password"
            value={current}
            onChange={(event) => setCurrent(event.currentTarget.value)}
            error={sending.of('current_password')}
          />
          <Secret
            label={t('password.new')}
            description={t('session.passwordRule')}
            autoComplete="new-password"
            value={next}
            onChange={(event) => setNext(event.currentTarget.value)}
            error={sending.of('new_password')}
          />
          <SendButton
            sending={sending}
            label={t('password.change')}
            done={ended === undefined ? undefined : t('password.changed', { count: ended })}
            disabled={current === '' || next === ''}
          />
        </Stack>
      </form>
    </Section>
  );
}
