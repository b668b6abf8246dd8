/** Where the nodes of the map stand: doors left with the queue between them, services right in an order that crosses few
 *  edges. Two columns need no more than that, and no library. */
import { type Connection, DOORS, QUEUE } from './connections';

/** Of a node, in pixels. */
export const HEIGHT = 40;
const WIDEST = 176;
const NARROWEST = 96;
const GAP = 16;
const MARGIN = 12;
/** Between doors and services, for the edge and its figure. */
const LEAST_BETWEEN = 84;

/** The node for rows of which nobody tells whom they call. */
export const ELSEWHERE = 'elsewhere';

export interface Placed {
  name: string;
  isDoor: boolean;
  x: number;
  y: number;
  width: number;
}

export interface Plan {
  nodes: Placed[];
  /** Of the whole, in pixels. */
  height: number;
}

export function plan(services: string[], connections: Connection[], width: number): Plan {
  const nodeWidth = Math.min(WIDEST, Math.max(NARROWEST, (width - LEAST_BETWEEN - 2 * MARGIN) / 2));
  const isThere = (name: string) =>
    services.includes(name) || connections.some(({ door, target }) => door === name || target === name);
  const left = LEFT.filter(isThere);
  const named = [...services, ...connections.map(({ target }) => target ?? ELSEWHERE)];
  const right = [...new Set(named)].filter((name) => !LEFT.includes(name));
  right.sort((a, b) => weight(a, connections) - weight(b, connections) || a.localeCompare(b));
  const height = Math.max(left.length, right.length, 1) * (HEIGHT + GAP) - GAP + 2 * MARGIN;
  const x = Math.max(width - nodeWidth - MARGIN, nodeWidth + MARGIN);
  const nodes = [
    ...spread(left, height).map((it) => ({ ...it, isDoor: it.name !== QUEUE, x: MARGIN, width: nodeWidth })),
    ...spread(right, height).map((it) => ({ ...it, isDoor: false, x, width: nodeWidth })),
  ];
  return { nodes, height };
}

const LEFT: readonly string[] = [DOORS[0], QUEUE, DOORS[1]];

/** As high as the doors that call it: what both call stands between, what nobody does and what is unknown below. */
function weight(name: string, connections: Connection[]): number {
  if (name === ELSEWHERE) return 3;
  const callers = connections.filter(({ target }) => target === name).map(({ door }) => DOORS.indexOf(door));
  return callers.length === 0 ? 2 : callers.reduce((total, at) => total + at, 0) / callers.length;
}

/** One below the other, over all of the height. */
function spread(names: string[], height: number): { name: string; y: number }[] {
  const step = (height - 2 * MARGIN + GAP) / Math.max(1, names.length);
  return names.map((name, index) => ({ name, y: MARGIN - GAP / 2 + step * (index + 0.5) - HEIGHT / 2 }));
}
