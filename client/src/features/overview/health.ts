/** How a service is, from what its instances tell. */
import type { Tone } from '@/ui/Status';
import type { Service } from './types';

export interface Health {
  /** `degraded` where a part is, `ready`, `partly`, or `away` where no instance can work. */
  state: 'ready' | 'degraded' | 'partly' | 'away';
  tone: Tone;
  ready: number;
  total: number;
  /** All that run, sorted. */
  versions: string[];
  degraded: { instance: string; part: string; reason: string }[];
}

const tones = { ready: 'good', degraded: 'warn', partly: 'warn', away: 'bad' } as const;

export function healthOf({ instances }: Service): Health {
  const ready = instances.filter(({ state }) => state === 'ready').length;
  const degraded = instances.flatMap(({ instance, degraded }) =>
    Object.entries(degraded).map(([part, reason]) => ({ instance, part, reason })),
  );
  const state = ready === 0 ? 'away' : degraded.length > 0 ? 'degraded' : ready < instances.length ? 'partly' : 'ready';
  const versions = [...new Set(instances.map(({ version }) => version))].sort();
  return { state, tone: tones[state], ready, total: instances.length, versions, degraded };
}
