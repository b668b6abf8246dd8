/** Sends a form: under way, to wait, or done, in words. */
import { Button, Group, Text } from '@mantine/core';
import { IconCheck } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Sending } from '@/api/useSend';

interface SendButtonProps {
  sending: Pick<Sending<never[]>, 'pending' | 'wait'>;
  label: string;
  /** What was achieved, in words. */
  done?: string;
  disabled?: boolean;
  color?: string;
}

export function SendButton({ sending, label, done, disabled, color }: SendButtonProps) {
  const { t } = useTranslation('me');
  return (
    <Group gap="sm">
      <Button size="xs" type="submit" color={color} loading={sending.pending} disabled={disabled || sending.wait > 0}>
        {sending.wait > 0 ? t('session.wait', { count: sending.wait }) : label}
      </Button>
      <Text size="sm" c="dimmed" role="status" style={{ display: 'flex', alignItems: 'center', gap: 4 }}>
        {done && (
          <>
            <IconCheck size={16} aria-hidden /> {done}
          </>
        )}
      </Text>
    </Group>
  );
}
