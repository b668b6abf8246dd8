/** Asks before something that cannot be taken back. */
import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Failed } from './states';

interface ConfirmDialogProps {
  opened: boolean;
  onClose: () => void;
  title: string;
  /** What will happen, and to how much. */
  children: ReactNode;
  /** The button's word: what is done, not "OK". */
  confirm: string;
  /** The other button's, where "Cancel" could be misread. */
  cancel?: string;
  danger?: boolean;
  /** The dialog closes when it is done, and shows why when it fails. */
  onConfirm: () => unknown;
}

export function ConfirmDialog({ opened, onClose, title, ...rest }: ConfirmDialogProps) {
  return (
    <Modal opened={opened} onClose={onClose} title={title} centered size="md">
      <Question onClose={onClose} {...rest} />
    </Modal>
  );
}

/** Apart from the dialog, so that each opening starts afresh. */
function Question({
  onClose,
  children,
  confirm,
  cancel,
  danger,
  onConfirm,
}: Omit<ConfirmDialogProps, 'opened' | 'title'>) {
  const { t } = useTranslation('shell');
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(undefined);
    try {
      await onConfirm();
      onClose();
    } catch (thrown) {
      setError(thrown instanceof Error ? thrown : new Error(String(thrown)));
    } finally {
      setBusy(false);
    }
  };

  return (
    <form onSubmit={submit}>
      <Stack gap="sm">
        <Text component="div" size="sm">
          {children}
        </Text>
        {error && <Failed error={error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {cancel ?? t('cancel')}
          </Button>
          <Button type="submit" color={danger ? 'red' : undefined} loading={busy}>
            {confirm}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
