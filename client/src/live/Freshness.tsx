/** The age of figures that do not come live, beside a screen's title. Nothing while the stream is just being opened. */
import { Group, Text } from '@mantine/core';
import { IconClockPause } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { Ago } from '@/ui/Time';
import type { Figures } from './figures';

export function Freshness({ figures }: { figures: Figures<unknown> }) {
  const { t } = useTranslation('shell');
  if (figures.live || figures.state === 'connecting' || figures.at === undefined) return null;
  return (
    <Group gap={6} wrap="nowrap" component="span">
      <IconClockPause size={16} aria-hidden />
      <Text size="sm" component="span">
        {t('live.as-of')} <Ago at={figures.at} />
      </Text>
    </Group>
  );
}
