/** What is done, failed and left out of all, as one bar. */
import { Progress } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import type { Operation } from '../api';
import { settled, share } from '../progress';

const parts = [
  ['done', 'teal'],
  ['failed', 'red'],
  ['skipped', 'gray.6'],
] as const;

export function Bar({ operation, size = 6 }: { operation: Operation; size?: number }) {
  const { t } = useTranslation('operations');
  const format = useFormat();
  const total = Math.max(operation.total, 1);
  const label = t('progressLabel', {
    settled: format.number(settled(operation)),
    total: format.number(operation.total),
  });
  return (
    <Progress.Root
      size={size}
      radius="xs"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.floor(share(operation) * 100)}
    >
      {parts.map(([part, color]) => (
        <Progress.Section
          key={part}
          role="presentation"
          withAria={false}
          value={(operation[part] / total) * 100}
          color={color}
        />
      ))}
    </Progress.Root>
  );
}
