import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ask } from '@/api/client';
import { Problem } from '@/api/problem';
import { type Snapshot, useSnapshot } from '@/live/live';
import { loaded, renderScreen } from '@/testing/screen';
import { feature } from './feature';
import { groups, mesh, queues } from './mesh.fixture';

vi.mock('@/api/client');
vi.mock('@/live/live');
// jsdom lays nothing out; what it draws is proven by `connections` and `layout`.
vi.mock('./ServiceMap', () => ({ ServiceMap: () => <div role="img" aria-label="map" /> }));

await loaded(feature);

const away: Snapshot<unknown> = { data: undefined, at: undefined, state: 'lost', problem: undefined };
const answers: Record<string, unknown> = {};

beforeEach(() => {
  vi.clearAllMocks();
  vi.mocked(useSnapshot).mockReturnValue(away as never);
  Object.assign(answers, {
    '/v1/admin/mesh': mesh,
    '/v1/admin/queues': queues,
    '/v1/admin/dead-letters/groups': groups,
  });
  vi.mocked(ask).mockImplementation(async (path: string) => {
    const answer = answers[path];
    if (answer instanceof Error) throw answer;
    return answer as never;
  });
});

describe('the overview', () => {
  it('shows the mesh by GET where nothing comes live, and how old that is', async () => {
    renderScreen(feature, '/overview');
    const cards = await screen.findByRole('list', { name: 'Services' });
    const logger = within(cards).getByRole('heading', { name: 'logger' }).closest('li') as HTMLElement;
    expect(logger).toHaveTextContent('1 of 2 ready');
    expect(logger).toHaveTextContent('queue at one: it cannot be reached: connection refused');
    expect(within(logger).getByText('Degraded')).toBeInTheDocument();
    expect(screen.getByText(/Not live, as of/)).toBeInTheDocument();
  });

  it('shows what comes live and says nothing of its age', async () => {
    const live = { ...mesh, alarms: ['everything is on fire'] };
    vi.mocked(useSnapshot).mockImplementation(
      (topic) => (topic === 'mesh' ? { data: live, at: Date.now(), state: 'live', problem: undefined } : away) as never,
    );
    renderScreen(feature, '/overview');
    expect(await screen.findByText('everything is on fire')).toBeInTheDocument();
    expect(screen.queryByText(/Not live/)).not.toBeInTheDocument();
    expect(vi.mocked(ask).mock.calls.map(([path]) => path)).not.toContain('/v1/admin/mesh');
  });

  it('asks for what comes live without its lists', async () => {
    const nonsense = { data: { services: 7 }, at: Date.now(), state: 'live', problem: undefined };
    vi.mocked(useSnapshot).mockImplementation((topic) => (topic === 'mesh' ? nonsense : away) as never);
    renderScreen(feature, '/overview');
    expect(await screen.findByRole('list', { name: 'Services' })).toBeInTheDocument();
    expect(vi.mocked(ask).mock.calls.map(([path]) => path)).toContain('/v1/admin/mesh');
  });

  it('says alarms before everything else, each with its link', async () => {
    renderScreen(feature, '/overview');
    const alarms = await screen.findByRole('region', { name: '3 alarms' });
    expect(alarms.compareDocumentPosition(screen.getByLabelText('Totals'))).toBe(Node.DOCUMENT_POSITION_FOLLOWING);
    const link = await within(alarms).findByRole('link', { name: /Open queue/ });
    expect(link).toHaveAttribute('href', '/queues?name=v1.listener.store-logs');
  });

  it('has the figures of the map in a table', async () => {
    renderScreen(feature, '/overview');
    const row = await screen.findByRole('row', { name: /listener logger/ });
    expect(row).toHaveTextContent('210/s');
    expect(screen.getByRole('row', { name: /broker operations/ })).toHaveTextContent('http–––');
  });

  it('leads from a dead letter to its group', async () => {
    renderScreen(feature, '/overview');
    const link = await screen.findByRole('link', { name: /Open dead letters: logger refused/ });
    const search = new URL((link as HTMLAnchorElement).href).searchParams;
    expect(search.get('cause')).toBe(groups.groups[0]?.cause);
  });

  it('says why nothing is shown, and tries again when asked', async () => {
    answers['/v1/admin/mesh'] = new Problem({
      title: 'Bad Gateway',
      status: 502,
      detail: 'operations is away',
      traceId: 'abc',
    });
    renderScreen(feature, '/overview');
    expect(await screen.findByRole('alert')).toHaveTextContent('operations is away');
    answers['/v1/admin/mesh'] = mesh;
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByRole('list', { name: 'Services' })).toBeInTheDocument();
    expect(screen.queryByRole('alert')).not.toBeInTheDocument();
  });

  it('shows a command where no service was heard of', async () => {
    answers['/v1/admin/mesh'] = { ...mesh, services: [], routes: [], alarms: [] };
    renderScreen(feature, '/overview');
    expect(await screen.findByText('No service has been heard of yet')).toBeInTheDocument();
    expect(screen.getByText(/curl .*\/v1\/admin\/mesh/)).toBeInTheDocument();
  });
});
