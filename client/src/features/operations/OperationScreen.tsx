/** One operation: how far it is by the server's own count, how fast, what it left out, and the word to stop. */
import { Alert } from '@mantine/core';
import { useParams } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import { Freshness } from '@/live/Freshness';
import { Copied } from '@/ui/CopyCode';
import { type Fact, Facts } from '@/ui/Facts';
import { Page } from '@/ui/Page';
import { Failed, Loading } from '@/ui/states';
import { Moment } from '@/ui/Time';
import type { Operation } from './api';
import { LeftOut } from './components/LeftOut';
import { OperationState } from './components/OperationState';
import { ProgressPanel } from './components/ProgressPanel';
import { Stop } from './components/Stop';
import { Who } from './components/Who';
import { useMeasured, useOperation } from './live';
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
      back={{ to: '/operations', label: t('back') }}
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
      {figures.error && <Failed error={figures.error} retry={figures.retry} />}
      {!operation && !figures.error && <Loading />}
      {operation && (
        <>
          <Progressing operation={operation} at={figures.at ?? 0} />
          <OperationFacts operation={operation} />
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

function OperationFacts({ operation }: { operation: Operation }) {
  const { t } = useTranslation('operations');
  const format = useFormat();
  const took = duration(operation);
  const said = Object.entries(operation.filter ?? {}).map(([name, value]) => `${name} = ${value}`);
  const facts: Fact[] = [
    { name: t('field.who'), value: <Who id={operation.who} /> },
    { name: t('field.created'), value: <Moment at={operation.created_at} /> },
    { name: t('field.ended'), value: operation.ended_at && <Moment at={operation.ended_at} /> },
    { name: t('field.took'), value: took !== undefined && format.span(took) },
    {
      name: t('field.rate'),
      value: operation.rate === null ? t('unlimited') : t('atMost', { rate: format.rate(operation.rate) }),
    },
    { name: t('field.force'), value: operation.force ? t('yes') : t('no') },
    { name: t('field.filter'), value: said.join(', ') },
    { name: t('field.id'), value: <Copied text={operation.id} /> },
  ];
  return <Facts facts={facts} wide />;
}
