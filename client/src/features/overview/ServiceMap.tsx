/** The mesh as a picture: doors left, services right, and how much goes where. It only shows; the same figures stand in
 *  a table for whoever does not see it. */
import { useElementSize } from '@mantine/hooks';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import { type Connection, QUEUE } from './connections';
import { edgesOf } from './edges';
import { healthOf } from './health';
import { ELSEWHERE, plan } from './layout';
import { MapEdge } from './MapEdge';
import { MapNode } from './MapNode';
import classes from './ServiceMap.module.css';
import type { Service } from './types';

interface ServiceMapProps {
  services: Service[];
  connections: Connection[];
}

export function ServiceMap({ services, connections }: ServiceMapProps) {
  const { t } = useTranslation('overview');
  const format = useFormat();
  const { ref, width } = useElementSize();
  const { nodes, height } = useMemo(
    () =>
      plan(
        services.map(({ name }) => name),
        connections,
        width,
      ),
    [services, connections, width],
  );
  const healths = new Map(services.map((service) => [service.name, healthOf(service)]));
  const names: Record<string, string> = { [ELSEWHERE]: t('elsewhere'), [QUEUE]: t('queue') };
  return (
    <div role="img" aria-label={t('mapLabel')} ref={ref} className={classes.map}>
      {width > 0 && (
        <div aria-hidden="true" className={classes.canvas} style={{ height }}>
          <svg className={classes.edges} width={width} height={height} aria-hidden="true">
            {edgesOf(connections, nodes, format.rate).map((edge) => (
              <MapEdge key={edge.id} edge={edge} />
            ))}
          </svg>
          {nodes.map((placed) => (
            <MapNode
              key={placed.name}
              placed={placed}
              label={names[placed.name] ?? placed.name}
              health={healths.get(placed.name)}
            />
          ))}
        </div>
      )}
    </div>
  );
}
