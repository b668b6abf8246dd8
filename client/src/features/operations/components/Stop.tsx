/** The word to stop, after one question. What is true afterwards is what the server says. */
import { Stack, Text } from '@mantine/core';
import { IconPlayerStop } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommand } from '@/commands/commands';
import { useFormat } from '@/i18n/format';
import { useMay } from '@/session/session';
import { ConfirmDialog } from '@/ui/ConfirmDialog';
import { ReasonedButton } from '@/ui/ReasonedButton';
import { type Operation, stopOperation } from '../api';
import { settled } from '../progress';

export function Stop({ operation, onChanged }: { operation: Operation; onChanged: () => void }) {
  const { t } = useTranslation('operations');
  const format = useFormat();
  const isAdmin = useMay('admin');
  const [isAsked, setAsked] = useState(false);
  const isOver = operation.state !== 'running';
  const reason = !isAdmin
    ? t('stop.role')
    : isOver
      ? t('stop.over', { state: t(`state.${operation.state}`) })
      : undefined;
  const ask = () => setAsked(true);
  const stop = () => stopOperation(operation.id).finally(onChanged);
  useCommand({
    id: 'operations.stop',
    title: t('commands.stop'),
    group: t('title'),
    ...(reason === undefined ? {} : { unavailable: reason }),
    run: ask,
  });
  const left = Math.max(operation.total - settled(operation), 0);
  return (
    <>
      <ReasonedButton
        size="xs"
        variant="default"
        leftSection={<IconPlayerStop size={16} />}
        reason={reason}
        onClick={ask}
      >
        {t('stop.button')}
      </ReasonedButton>
      <ConfirmDialog
        opened={isAsked && !isOver}
        onClose={() => setAsked(false)}
        title={t('stop.title')}
        confirm={t('stop.confirm')}
        cancel={t('stop.cancel')}
        danger
        onConfirm={stop}
      >
        <Stack gap="sm">
          <Text size="sm">{t(`stop.text.${operation.kind}`)}</Text>
          <Text size="sm">{t('stop.left', { count: left, number: format.number(left) })}</Text>
        </Stack>
      </ConfirmDialog>
    </>
  );
}
