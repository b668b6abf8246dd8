/** What stands where there is nothing to show: not yet, not at all, or not because of an error. */
import { Alert, Button, Code, Group, Loader, Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '@/api/problem';
import { useFormat } from '@/i18n/format';
import { CopyCode } from './CopyCode';
import classes from './states.module.css';
import { useNow } from './Time';

export function Loading({ label }: { label?: string }) {
  const { t } = useTranslation('shell');
  return (
    <div className={classes.loading} role="status">
      <Loader aria-hidden />
      <span>{label ?? t('loading')}</span>
    </div>
  );
}

/** Says how to make the first item. */
export function Empty({ title, children, curl }: { title: string; children?: ReactNode; curl?: string }) {
  return (
    <div className={classes.empty}>
      <Text fw={600} size="md">
        {title}
      </Text>
      {children && (
        <Text component="div" size="sm" c="dimmed">
          {children}
        </Text>
      )}
      {curl && <CopyCode code={curl} />}
    </div>
  );
}

/** Seconds that are left of what the server asked to wait, by this machine's clock: from when the error was first seen. */
function usePause(error: Error): number {
  const now = useNow();
  const seen = useMemo(() => ({ error, at: Date.now() }), [error]);
  const asked = error instanceof Problem ? (error.retryAfter ?? 0) : 0;
  return Math.ceil(Math.min(asked, asked - (now - seen.at) / 1000));
}

/** What failed, with the trace's id and a way to try again. */
export function Failed({ error, retry }: { error: Error; retry?: () => void }) {
  const { t } = useTranslation('shell');
  const format = useFormat();
  const pause = usePause(error);
  const trace = error instanceof Problem ? error.traceId : undefined;
  return (
    <Alert
      color="red"
      variant="light"
      icon={<IconAlertTriangle size={18} aria-hidden />}
      title={error.message}
      role="alert"
      className={classes.failed}
    >
      {(trace || retry) && (
        <Group gap="sm">
          {retry && (
            <Button size="xs" variant="default" onClick={retry} disabled={pause > 0}>
              {pause > 0 ? t('retry-in', { span: format.span(pause) }) : t('retry')}
            </Button>
          )}
          {trace && (
            <Text size="xs" component="span">
              {t('trace')} <Code className={classes.trace}>{trace}</Code>
            </Text>
          )}
        </Group>
      )}
    </Alert>
  );
}
