/** Asks before an account is changed, says what comes of it, and what the server says where it refuses. */
import { Stack, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { type Account, type Changes, changeUser } from './api/users';

interface ConfirmChangeProps {
  account: Account;
  /** Open while there are any. */
  changes: Changes | undefined;
  isSelf: boolean;
  close: () => void;
}

export function ConfirmChange({ account, changes, isSelf, close }: ConfirmChangeProps) {
  const { t } = useTranslation('users');
  const queries = useQueryClient();
  // The words stay while the dialog goes.
  const [shown, setShown] = useState<Changes>({});
  useEffect(() => {
    if (changes) setShown(changes);
  }, [changes]);
  const change = async () => {
    const changed = await changeUser(account.id, shown);
    queries.setQueryData(['users', 'one', account.id], (before?: Account) => ({ ...before, ...changed }));
    void queries.invalidateQueries({ queryKey: ['users', 'list'] });
  };

  const kind = kindOf(shown);
  const isHard = kind === 'makeUser' || kind === 'disable';
  return (
    <ConfirmDialog
      opened={changes !== undefined}
      onClose={close}
      title={t(`confirm.${kind}.title`, { email: account.email })}
      confirm={t(kind)}
      danger={isHard}
      onConfirm={change}
    >
      <Stack gap="sm">
        <Text size="sm">{t(`confirm.${kind}.text`)}</Text>
        {isSelf && isHard && (
          <Text size="sm" fw={600}>
            {t('self')}
          </Text>
        )}
      </Stack>
    </ConfirmDialog>
  );
}

function kindOf({ role, active }: Changes): 'makeAdmin' | 'makeUser' | 'enable' | 'disable' {
  if (role) return role === 'admin' ? 'makeAdmin' : 'makeUser';
  return active ? 'enable' : 'disable';
}
