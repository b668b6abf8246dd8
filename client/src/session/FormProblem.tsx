/** What is wrong with a form as a whole; what belongs to one of its fields stands there. */
import { Alert, Code, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Sending } from '@/api/useSend';

interface FormProblemProps {
  sending: Pick<Sending<never[]>, 'problem' | 'wait'>;
  /** Those that the form shows the errors of. */
  fields: string[];
  /** Words of ours, where they say more than the server's, by its status. */
  words?: Record<number, string>;
}

export function FormProblem({ sending: { problem, wait }, fields, words }: FormProblemProps) {
  const { t } = useTranslation('me');
  const isShown = problem && problem.errors.length > 0 && problem.errors.every(({ field }) => fields.includes(field));
  if (!problem || isShown) return null;
  return (
    <Alert
      color="red"
      variant="light"
      icon={<IconAlertTriangle size={18} aria-hidden />}
      role="alert"
      p="xs"
      styles={{ message: { color: 'var(--mantine-color-text)' } }}
    >
      <Text size="sm">{words?.[problem.status] ?? problem.message}</Text>
      {wait > 0 && (
        <Text size="sm" c="dimmed">
          {t('session.waitLong', { count: wait })}
        </Text>
      )}
      {problem.traceId && problem.status >= 500 && (
        <Text size="xs" c="dimmed">
          {t('session.trace')} <Code>{problem.traceId}</Code>
        </Text>
      )}
    </Alert>
  );
}
