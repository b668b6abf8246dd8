import { describe, expect, it } from 'vitest';
import { connections } from './connections';
import { HEIGHT, plan } from './layout';
import { mesh } from './mesh.fixture';

const joined = connections(mesh.routes);
const names = mesh.services.map(({ name }) => name);

describe('the plan of the map', () => {
  it.each([296, 358, 700, 1200])(
    'has doors and their queue left, services right and nothing on top of another in %i px',
    (width) => {
      const { nodes, height } = plan([...names, 'quiet'], joined, width);
      const left = nodes.filter(({ x }) => x < width / 3).map(({ name }) => name);
      expect(left.sort()).toEqual(['broker', 'listener', 'queue']);
      expect(nodes.map(({ name }) => name)).toContain('quiet');
      for (const a of nodes) {
        expect(a.y).toBeGreaterThanOrEqual(0);
        expect(a.y + HEIGHT).toBeLessThanOrEqual(height);
        expect(a.x + a.width).toBeLessThanOrEqual(width);
        const over = nodes.filter((b) => b !== a && Math.abs(a.y - b.y) < HEIGHT && Math.abs(a.x - b.x) < a.width);
        expect(over).toEqual([]);
      }
    },
  );

  it('grows with the number of services', () => {
    const many = Array.from({ length: 20 }, (_, index) => `service-${index}`);
    expect(plan(many, [], 700).height).toBeGreaterThan(1000);
  });

  it('puts beside a door whom it alone calls, and beneath all whom nobody calls', () => {
    const call = (door: 'broker' | 'listener', target: string) => ({
      ...{ door, target, lines: [], routes: [] },
      ...{ calls: null, errors: null, p95: null },
    });
    const { nodes } = plan(
      ['idle', 'math', 'logger', 'mailer'],
      [call('broker', 'math'), call('broker', 'logger'), call('listener', 'logger'), call('listener', 'mailer')],
      700,
    );
    const order = nodes.filter(({ isDoor }) => !isDoor).sort((a, b) => a.y - b.y);
    expect(order.map(({ name }) => name)).toEqual(['math', 'logger', 'mailer', 'idle']);
  });
});
