/** A button for what cannot be taken back: it asks once more, in its own place. */
import { Button, Group } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

interface SureButtonProps {
  label: string;
  /** Says which one, to who does not see the row. */
  name: string;
  confirm: string;
  pending?: boolean;
  onSure: () => void;
}

export function SureButton({ label, name, confirm, pending, onSure }: SureButtonProps) {
  const { t } = useTranslation('me');
  const [asks, setAsks] = useState(false);
  if (!asks) {
    return (
      <Button size="xs" variant="default" loading={pending} aria-label={name} onClick={() => setAsks(true)}>
        {label}
      </Button>
    );
  }
  const sure = () => {
    setAsks(false);
    onSure();
  };
  return (
    <Group gap={6}>
      <Button size="xs" color="red" autoFocus onClick={sure}>
        {confirm}
      </Button>
      <Button size="xs" variant="default" onClick={() => setAsks(false)}>
        {t('cancel')}
      </Button>
    </Group>
  );
}
