/** One operation: how far it is by the server's own count, how fast, what it left out, and the word to stop. */
import { Alert, Anchor, Text } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import { Freshness } from '@/live/Freshness';
import { Page } from '@/ui/Page';
import { Failed, Loading } from '@/ui/states';
import { Ago } from '@/ui/Time';
import type { Operation } from './api';
import { LeftOut } from './components/LeftOut';
import { OperationState } from './components/OperationState';
import { ProgressPanel } from './components/ProgressPanel';
import { Stop } from './components/Stop';
import { Who } from './components/Who';
import { useMeasured, useOperation } from './live';
import classes from './OperationScreen.module.css';
import { duration } from './progress';

export default function OperationScreen() {
  const { t } = useTranslation('operations');
  const format = useFormat();
  const { id = '' } = useParams({ strict: false }) as { id?: string };
  const figures = useOperation(id);
  const operation = figures.data;
  const title = operation
    ? t(`heading.${operation.kind}`, { count: operation.total, number: format.number(operation.total) })
    : t('title');
  return (
    <Page
      title={title}
      count={operation && <OperationState operation={operation} />}
      actions={
        operation && (
          <>
            {operation.state === 'running' && <Freshness figures={figures} />}
            <Stop operation={operation} onChanged={figures.retry} />
          </>
        )
      }
    >
      <Anchor component={Link} to="/operations" size="sm" className={classes.back}>
        <IconArrowLeft size={16} />
        {t('back')}
      </Anchor>
      {figures.error && <Failed error={figures.error} retry={figures.retry} />}
      {!operation && !figures.error && <Loading />}
      {operation && (
        <>
          <Progressing operation={operation} at={figures.at ?? 0} />
          <Facts operation={operation} />
          <LeftOut operation={operation} />
        </>
      )}
    </Page>
  );
}

function Progressing({ operation, at }: { operation: Operation; at: number }) {
  const { t } = useTranslation('operations');
  const rate = useMeasured(operation, at);
  const isRunning = operation.state === 'running';
  return (
    <>
      <ProgressPanel operation={operation} measured={rate} />
      {operation.error && (
        <Alert color={isRunning ? 'orange' : 'red'} variant="light" py="xs" role="status">
          {isRunning ? t('waits', { reason: operation.error }) : t('lastFailure', { reason: operation.error })}
        </Alert>
      )}
    </>
  );
}

function Facts({ operation }: { operation: Operation }) {
  const { t } = useTranslation('operations');
  const format = useFormat();
  const took = duration(operation);
  const said = Object.entries(operation.filter ?? {}).map(([name, value]) => `${name} = ${value}`);
  const facts: [string, ReactNode][] = [
    [t('field.who'), <Who key="who" id={operation.who} />],
    [t('field.created'), <Moment key="created" at={operation.created_at} />],
    [t('field.ended'), operation.ended_at && <Moment key="ended" at={operation.ended_at} />],
    [t('field.took'), took !== undefined && format.span(took)],
    [t('field.rate'), operation.rate === null ? t('unlimited') : t('atMost', { rate: format.rate(operation.rate) })],
    [t('field.force'), operation.force ? t('yes') : t('no')],
    [t('field.filter'), said.length > 0 && said.join(', ')],
    [t('field.id'), <code key="id">{operation.id}</code>],
  ];
  return (
    <dl className={classes.facts}>
      {facts.map(([name, value]) =>
        value ? (
          <div key={name} className={classes.fact}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ) : null,
      )}
    </dl>
  );
}

function Moment({ at }: { at: string }) {
  const format = useFormat();
  return (
    <>
      {format.time(at)}{' '}
      <Text span inherit c="dimmed">
        (<Ago at={at} />)
      </Text>
    </>
  );
}
