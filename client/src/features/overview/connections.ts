/** Rows of the route table joined to what a map can show: one connection for each door and whom it calls. */
import type { Door, Route } from './types';

export const DOORS = ['broker', 'listener'] as const satisfies readonly Door[];

/** Where events go until a listener takes them. */
export const QUEUE = 'queue';

export interface Connection {
  door: Door;
  /** A service, `QUEUE`, or undefined where the mesh does not tell whom these rows call. */
  target: string | undefined;
  lines: string[];
  routes: Route[];
  /** Per second; null where no row's is known. */
  calls: number | null;
  errors: number | null;
  /** Of the slowest row, in milliseconds. */
  p95: number | null;
}

/** A process that does not say is of a version in which all that it tells of came in at a broker. */
export function doorOf(route: Route): Door {
  return route.door ?? 'broker';
}

function targetOf(route: Route): string | undefined {
  return route.service ?? (route.line === 'event' ? QUEUE : undefined);
}

/** Null only where all are. */
export function sum(figures: (number | null | undefined)[]): number | null {
  const known = figures.filter((figure) => figure != null);
  return known.length > 0 ? known.reduce((total, figure) => total + figure, 0) : null;
}

export function slowest(routes: Route[]): number | null {
  const known = routes.map((route) => route.p95_ms).filter((figure) => figure != null);
  return known.length > 0 ? Math.max(...known) : null;
}

export function connections(routes: Route[]): Connection[] {
  const joined = new Map<string, { door: Door; target: string | undefined; routes: Route[] }>();
  for (const route of routes) {
    const [door, target] = [doorOf(route), targetOf(route)];
    const key = `${door} ${target ?? ''}`;
    const known = joined.get(key);
    if (known) known.routes.push(route);
    else joined.set(key, { door, target, routes: [route] });
  }
  const all = [...joined.values()].map((it) => ({
    ...it,
    lines: [...new Set(it.routes.flatMap((route) => route.line ?? []))].sort(),
    calls: sum(it.routes.map((route) => route.calls_per_second)),
    errors: sum(it.routes.map((route) => route.errors_per_second)),
    p95: slowest(it.routes),
  }));
  const last = '\uffff';
  return all.sort((a, b) => a.door.localeCompare(b.door) || (a.target ?? last).localeCompare(b.target ?? last));
}
