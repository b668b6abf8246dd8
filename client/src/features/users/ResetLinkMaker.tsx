/** Makes a token by which somebody sets a new password, and shows it this once. The panel has no page that takes it: it
 *  is handed over with the call that does. */

import { Button, Group, Stack, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { serverAhead } from '@/api/clock';
import { curlOf } from '@/api/curl';
import { useFormat } from '@/i18n/format';
import { CopyCode } from '@/ui/CopyCode';
import { Failed } from '@/ui/states';
import { useNow } from '@/ui/Time';
import { type Account, makeResetLink, type ResetLink } from './api/users';
import css from './users.module.css';

export function ResetLinkMaker({ account }: { account: Account }) {
  const { t } = useTranslation('users');
  const making = useMutation({ mutationFn: () => makeResetLink(account.id), gcTime: 0 });
  return (
    <section className={css.setting}>
      <Group justify="space-between" align="flex-start" gap="md">
        <div className={css.words}>
          <Title order={2} className={css.title}>
            {t('reset')}
          </Title>
          <Text size="sm" c="dimmed">
            {t('resetHint')}
          </Text>
        </div>
        <Button variant="default" size="xs" loading={making.isPending} onClick={() => making.mutate()}>
          {making.data ? t('resetAgain') : t('resetMake')}
        </Button>
      </Group>
      {making.error && <Failed error={making.error} />}
      {making.data && <Token link={making.data} />}
    </section>
  );
}

function Token({ link }: { link: ResetLink }) {
  const { t } = useTranslation('users');
  const format = useFormat();
  const isOver = useNow() + serverAhead() >= new Date(link.expires_at).getTime();
  const curl = curlOf({
    method: 'POST',
    url: `${window.location.origin}/v1/password-resets`,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: link.token, new_password: '…' }),
  });
  return (
    <Stack gap="xs" role="status" mt="sm">
      <Text size="sm">
        {t('resetOnce')} {isOver ? t('resetOver') : t('resetUntil', { time: format.time(link.expires_at) })}
      </Text>
      <CopyCode code={link.token} />
      <Text size="sm">{t('resetCurl')}</Text>
      <CopyCode code={curl} />
    </Stack>
  );
}
