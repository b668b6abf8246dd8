/** How the mesh is, at a glance: alarms first, then figures, the map, and what failed lately. */

import { Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '@/api/client';
import { serverNow } from '@/api/clock';
import type { LetterGroups } from '@/api/types';
import { Freshness } from '@/live/Freshness';
import { useFigures } from '@/live/figures';
import { Page } from '@/ui/Page';
import { Empty, Failed, Loading } from '@/ui/states';
import { Alarms } from './Alarms';
import { ConnectionsTable } from './ConnectionsTable';
import { connections } from './connections';
import { Failures } from './Failures';
import { failures } from './failures';
import { HealthCards } from './HealthCards';
import classes from './Overview.module.css';
import { Totals } from './Totals';
import type { Mesh, QueueNames } from './types';

const ServiceMap = lazy(() => import('./ServiceMap').then((module) => ({ default: module.ServiceMap })));

const HOUR = 3_600_000;

export default function OverviewScreen() {
  const { t } = useTranslation('overview');
  const figures = useFigures<Mesh>('mesh', '/v1/admin/mesh', { lists: ['services', 'routes', 'alarms'] });
  const mesh = figures.data;
  return (
    <Page
      title={t('title')}
      count={mesh && t('count', { count: mesh.services.length })}
      actions={<Freshness figures={figures} />}
    >
      {!mesh && !figures.error && <Loading />}
      {figures.error && <Failed error={figures.error} retry={figures.retry} />}
      {mesh?.services.length === 0 && (
        <Empty
          title={t('empty')}
          curl={`curl ${window.location.origin}/v1/admin/mesh -H "Authorization: Bearer $TOKEN"`}
        >
          {t('emptyHint')}
        </Empty>
      )}
      {mesh && mesh.services.length > 0 && <MeshView mesh={mesh} />}
    </Page>
  );
}

function MeshView({ mesh }: { mesh: Mesh }) {
  const queues = useFigures<QueueNames>('queues', '/v1/admin/queues', { lists: ['queues'] }).data?.queues;
  const letters = useQuery({
    queryKey: ['/v1/admin/dead-letters/groups', 'of the last hour'],
    queryFn: ({ signal }) => {
      const since = new Date(serverNow() - HOUR).toISOString();
      return ask<LetterGroups>('/v1/admin/dead-letters/groups', {
        query: { state: 'dead', since },
        signal,
        lists: ['groups'],
      });
    },
    refetchInterval: 15_000,
  });
  const joined = useMemo(() => connections(mesh.routes), [mesh.routes]);
  return (
    <Stack gap="md">
      <Alarms mesh={mesh} queues={queues?.map(({ name }) => name) ?? []} />
      <Totals mesh={mesh} />
      <HealthCards services={mesh.services} />
      <div className={classes.traffic}>
        <Suspense
          fallback={
            <div className={classes.mapPlace}>
              <Loading />
            </div>
          }
        >
          <ServiceMap services={mesh.services} connections={joined} />
        </Suspense>
        <ConnectionsTable connections={joined} />
      </div>
      <Failures failures={failures(mesh, letters.data?.groups ?? [])} known={letters.data !== undefined} />
      {letters.error && <Failed error={letters.error} retry={() => void letters.refetch()} />}
    </Stack>
  );
}
