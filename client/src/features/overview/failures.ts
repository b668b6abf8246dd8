/** What went wrong lately, and where in the panel somebody can do something about it. */
import type { LetterGroup } from '@/api/types';
import type { Mesh } from './types';

/** A link of the panel: a screen and its search. */
export interface Place {
  to: string;
  search?: Record<string, string>;
  hash?: string;
}

export type Failure =
  | { kind: 'route'; id: string; route: string; errors: number; calls: number | null; place: Place }
  | { kind: 'part'; id: string; service: string; instance: string; part: string; reason: string; place: Place }
  | { kind: 'letters'; id: string; group: LetterGroup; place: Place };

/** Those of the mesh that no sentence of the alarms tells, then dead letters, the latest first. */
export function failures(mesh: Mesh, groups: LetterGroup[]): Failure[] {
  return [...routes(mesh), ...parts(mesh), ...letters(groups)];
}

function routes(mesh: Mesh): Failure[] {
  return mesh.routes
    .filter((route) => (route.errors_per_second ?? 0) > 0)
    .sort((a, b) => (b.errors_per_second ?? 0) - (a.errors_per_second ?? 0))
    .map((route) => ({
      kind: 'route',
      id: `route ${route.route}`,
      route: route.route,
      errors: route.errors_per_second ?? 0,
      calls: route.calls_per_second,
      place: route.service ? card(route.service) : { to: '/activity', search: { level: 'ERROR' } },
    }));
}

function parts(mesh: Mesh): Failure[] {
  return mesh.services.flatMap(({ name, instances }) =>
    instances.flatMap(({ instance, degraded }) =>
      Object.entries(degraded).map(([part, reason]) => ({
        kind: 'part' as const,
        id: `part ${name} ${instance} ${part}`,
        service: name,
        instance,
        part,
        reason,
        place: card(name),
      })),
    ),
  );
}

function letters(groups: LetterGroup[]): Failure[] {
  return [...groups]
    .sort((a, b) => b.last.localeCompare(a.last))
    .map((group) => ({
      kind: 'letters',
      id: `letters ${group.queue} ${group.kind} ${group.cause}`,
      group,
      place: { to: '/dead-letters', search: { cause: group.cause, queue: group.queue } },
    }));
}

/** The anchor of a service's card. */
export function anchor(service: string): string {
  return `service-${service}`;
}

function card(service: string): Place {
  return { to: '/overview', hash: anchor(service) };
}

/** Where the alarm can be handled: its queue, the dead letters of its service, or the service that it names first. */
export function handledAt(alarm: string, mesh: Mesh, queues: string[]): Place | undefined {
  const letters = /dead letters? of (\S+) waits? to be looked at/.exec(alarm)?.[1];
  if (letters) return { to: '/dead-letters', search: { service: letters, state: 'dead' } };
  // The longest first: `v1.a.b` is the beginning of `v1.a.b.suspect`.
  const named = [...queues].sort((a, b) => b.length - a.length).find((name) => alarm.startsWith(name));
  if (named) return { to: '/queues', search: { name: named } };
  if (/no queue is bound|queues cannot be/.test(alarm)) return { to: '/queues' };
  if (alarm.startsWith('the dead letters cannot')) return { to: '/dead-letters' };
  const service = mesh.services.find(({ name }) => alarm.startsWith(`${name} at `));
  return service && card(service.name);
}
