/** A key that was just made, for the only time that it is shown. */
import { Button, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { NewApiKey } from '@/api/types';
import { CopyCode } from '@/ui/CopyCode';

export function NewKey({ made, onClose }: { made: NewApiKey; onClose: () => void }) {
  const { t } = useTranslation('me');
  return (
    <Stack gap="xs" mb="md" role="status">
      <Text size="sm" fw={500}>
        {t('keys.made', { name: made.name })}
      </Text>
      <CopyCode code={made.key} />
      <Text size="sm" c="dimmed">
        {t('keys.try')}
      </Text>
      <CopyCode code={`curl -H 'Authorization: Bearer ${made.key}' ${window.location.origin}/v1/me`} />
      <Button variant="default" size="xs" onClick={onClose} style={{ alignSelf: 'flex-start' }}>
        {t('keys.kept')}
      </Button>
    </Stack>
  );
}
