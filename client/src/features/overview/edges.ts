/** The edges of the map between nodes that have their places. */
import { type Connection, QUEUE, sum } from './connections';
import { ELSEWHERE, HEIGHT, type Placed } from './layout';
import type { Edge } from './MapEdge';

/** Between the ends of edges that arrive at one node, in pixels. */
const APART = 18;

export function edgesOf(connections: Connection[], nodes: Placed[], rate: (calls: number | null) => string): Edge[] {
  const node = (name: string) => nodes.find((it) => it.name === name);
  const edges: Edge[] = [];
  for (const connection of connections) {
    const target = connection.target ?? ELSEWHERE;
    const [from, to] = [node(connection.door), node(target)];
    if (!from || !to) continue;
    // They end beneath each other, in the order of the doors that they come from.
    const beside = connections.filter((it) => (it.target ?? ELSEWHERE) === target);
    beside.sort((a, b) => (node(a.door)?.y ?? 0) - (node(b.door)?.y ?? 0));
    const offset = (beside.indexOf(connection) - (beside.length - 1) / 2) * APART;
    edges.push({
      id: `${connection.door} ${target}`,
      ...(target === QUEUE ? down(from, to) : across(from, to, offset)),
      figure: rate(connection.calls),
      calls: connection.calls ?? 0,
      hasErrors: (connection.errors ?? 0) > 0,
    });
  }
  const [queue, listener] = [node(QUEUE), node('listener')];
  if (queue && listener) {
    const taken = sum(connections.filter(({ door }) => door === 'listener').map(({ calls }) => calls));
    edges.push({
      id: 'queue listener',
      ...down(queue, listener),
      figure: rate(taken),
      calls: taken ?? 0,
      hasErrors: false,
    });
  }
  return edges;
}

function down(from: Placed, to: Placed): Pick<Edge, 'from' | 'to' | 'isDown'> {
  const x = from.x + from.width / 2;
  return { from: { x, y: from.y + HEIGHT }, to: { x, y: to.y }, isDown: true };
}

function across(from: Placed, to: Placed, offset: number): Pick<Edge, 'from' | 'to' | 'isDown'> {
  return {
    from: { x: from.x + from.width, y: from.y + HEIGHT / 2 },
    to: { x: to.x, y: to.y + HEIGHT / 2 + offset },
    isDown: false,
  };
}
