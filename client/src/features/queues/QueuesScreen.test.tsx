import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type Asked, ask } from '@/api/client';
import { Problem } from '@/api/problem';
import { useSnapshot } from '@/live/live';
import { loaded, renderScreen } from '@/testing/screen';
import { feature } from './feature';
import { queues } from './queues.fixture';
import { readSearch } from './types';

vi.mock('@/api/client');
vi.mock('@/live/live');
// uPlot draws on a canvas, which jsdom does not have.
vi.mock('./Chart', () => ({ Chart: ({ label }: { label: string }) => <div role="img" aria-label={label} /> }));

await loaded(feature);

const FILTER = 'Filter by name or service';
const LOGS = 'v1.listener.store-logs';
const groups = { groups: [{ queue: LOGS, kind: 'log.INFO', cause: 'x', count: 12 }], more: false };
const answers: Record<string, unknown> = {};

beforeEach(() => {
  vi.clearAllMocks();
  vi.mocked(useSnapshot).mockReturnValue({ data: undefined, at: undefined, state: 'lost', problem: undefined });
  Object.assign(answers, {
    '/v1/admin/queues': queues,
    '/v1/admin/dead-letters/groups': groups,
    '/v1/admin/operations': { id: '01981c60', total: 12 },
  });
  vi.mocked(ask).mockImplementation(async (path: string) => {
    const answer = answers[path];
    if (answer instanceof Error) throw answer;
    return answer as never;
  });
});

async function shownQueues(): Promise<string[]> {
  const titles = await screen.findAllByTitle(/\w\.\w/);
  return titles.map((title) => title.textContent ?? '');
}

describe('queues', () => {
  it('are listed, and what nobody can tell is a dash with the reason', async () => {
    renderScreen(feature, '/queues');
    expect(await shownQueues()).toHaveLength(7);
    const dash = screen.getAllByRole('note', { name: 'Unknown: AMQP does not tell' })[0] as HTMLElement;
    expect(dash).toHaveTextContent('–');
    dash.focus();
    expect(await screen.findByRole('tooltip')).toHaveTextContent('AMQP does not tell');
  });

  it('are filtered by what the URL says', async () => {
    renderScreen(feature, '/queues?q=LOGS&kind=work');
    expect(await shownQueues()).toEqual([LOGS]);
    expect(screen.getByRole('textbox', { name: FILTER })).toHaveValue('LOGS');
    expect(screen.getByText('1 shown / 7')).toBeInTheDocument();
  });

  it('put into the URL what is filtered, without a step in the history for each letter', async () => {
    const router = renderScreen(feature, '/queues');
    await userEvent.type(await screen.findByRole('textbox', { name: FILTER }), 'mail');
    await userEvent.selectOptions(screen.getByRole('combobox', { name: 'Kind' }), 'Work');
    await waitFor(() => expect(router.state.location.search).toEqual({ q: 'mail', kind: 'work' }));
    expect(await shownQueues()).toEqual(['v1.mailer.send']);
    expect(router.history.length).toBe(1);
  });

  it('drop words of the URL that nobody knows', () => {
    expect(readSearch({ q: 7, kind: 'new', name: '' })).toEqual({ q: '7', kind: undefined, name: undefined });
  });

  it('say so where none fits, and how to make the first where there are none', async () => {
    renderScreen(feature, '/queues?q=nothing');
    expect(await screen.findByText('No queue fits the filter')).toBeInTheDocument();
    answers['/v1/admin/queues'] = { queues: [] };
    renderScreen(feature, '/queues');
    expect(await screen.findByText(/curl -X POST .*\/v1\/events\/logs/)).toBeInTheDocument();
  });

  it('say what failed, and are asked again by Retry', async () => {
    answers['/v1/admin/queues'] = new Problem({ title: 'x', status: 503, detail: 'the queue is away', traceId: 'abc' });
    renderScreen(feature, '/queues');
    expect(await screen.findByRole('alert')).toHaveTextContent('the queue is away');
    expect(screen.getByText('abc')).toBeInTheDocument();
    answers['/v1/admin/queues'] = queues;
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await shownQueues()).toHaveLength(7);
  });
});

describe('the drawer of a queue', () => {
  it('opens by a click, which the URL keeps, and shows the reasons in full', async () => {
    const router = renderScreen(feature, '/queues');
    await userEvent.click(await screen.findByText('v1.listener.store-logs.suspect'));
    const drawer = await screen.findByRole('dialog', { name: 'v1.listener.store-logs.suspect' });
    expect(router.state.location.search).toMatchObject({ name: 'v1.listener.store-logs.suspect' });
    expect(within(drawer).getAllByText('AMQP does not tell')).toHaveLength(2);
    const link = within(drawer).getByRole('link', { name: 'Dead letters of this queue' });
    expect(link).toHaveAttribute('href', `/dead-letters?queue=${LOGS}&state=dead`);
  });

  it('purges the dead letters once the right name was typed, and leads to the operation', async () => {
    renderScreen(feature, `/queues?name=${LOGS}`);
    const drawer = await screen.findByRole('dialog', { name: LOGS });
    expect(await within(drawer).findByText(/12 dead letters of this queue/)).toBeInTheDocument();
    const button = within(drawer).getByRole('button', { name: 'Purge' });
    const name = within(drawer).getByRole('textbox', { name: `Type ${LOGS} to confirm` });
    await userEvent.type(name, 'v1.listener.store-log{Enter}');
    expect(button).toBeDisabled();
    expect(operations()).toEqual([]);
    await userEvent.type(name, 's');
    await userEvent.click(button);
    const link = await within(drawer).findByRole('link', { name: 'Watch the operation' });
    expect(link).toHaveAttribute('href', '/operations/01981c60');
    expect(operations()).toEqual([
      { method: 'POST', body: { kind: 'purge', filter: { queue: LOGS, state: 'dead' }, force: true } },
    ]);
  });

  it('says that a purge without an answer may have begun', async () => {
    answers['/v1/admin/operations'] = new Problem({ title: 'x', status: 0, detail: 'no answer came' });
    renderScreen(feature, `/queues?name=${LOGS}`);
    const drawer = await screen.findByRole('dialog', { name: LOGS });
    await userEvent.type(within(drawer).getByRole('textbox'), `${LOGS}{Enter}`);
    expect(await within(drawer).findByRole('alert')).toHaveTextContent('no answer came');
    expect(within(drawer).getByRole('link', { name: 'see operations' })).toHaveAttribute('href', '/operations');
  });

  it('says so where no queue has the name of the URL', async () => {
    renderScreen(feature, '/queues?name=gone');
    expect(await screen.findByText('No such queue')).toBeInTheDocument();
  });
});

function operations(): (Asked | undefined)[] {
  return vi
    .mocked(ask)
    .mock.calls.filter(([path]) => path === '/v1/admin/operations')
    .map(([, asked]) => asked);
}
