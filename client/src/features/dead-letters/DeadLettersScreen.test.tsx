import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ask } from '@/api/client';
import { Problem } from '@/api/problem';
import { useMay } from '@/session/session';
import { loaded, renderScreen } from '@/testing/screen';
import { group, letter, shown } from './examples';
import { feature } from './feature';

vi.mock('@/api/client', () => ({ ask: vi.fn() }));
vi.mock('@/session/session', async (original) => ({ ...(await original()), useMay: vi.fn() }));

await loaded(feature);

const asked = vi.mocked(ask);
const operation = '01a2001c-7dfb-7152-af67-10c1049bc4d9';

beforeEach(() => {
  vi.mocked(useMay).mockReturnValue(true);
  answers();
});

function answers(begun: () => unknown = () => ({ id: operation }), groups = [group]) {
  asked.mockImplementation(async (path, options) => {
    if (options?.method === 'POST') return begun();
    if (path.endsWith('/groups')) return { groups, more: false };
    if (path.endsWith(letter().id)) return shown();
    return { letters: groups.length > 0 ? [letter()] : [] };
  });
}

/** What was asked for last, other than to read. */
function begun(): unknown {
  return asked.mock.calls.filter(([, options]) => options?.method === 'POST').at(-1)?.[1]?.body;
}

/** In the table, not in what the filter offers. */
const foundCause = () => screen.findByText(group.cause, { selector: '[title]' });
const dialog = () => screen.findByRole('dialog');

describe('the filter', () => {
  it('comes from the URL and goes to the broker', async () => {
    renderScreen(feature, '/dead-letters?queue=q&state=replayed&nonsense=1');
    await foundCause();
    expect(screen.getByRole('combobox', { name: 'Queue' })).toHaveValue('q');
    const query = { queue: 'q', state: 'replayed' };
    expect(asked).toHaveBeenCalledWith('/v1/admin/dead-letters/groups', expect.objectContaining({ query }));
  });

  it('goes into the URL a moment after it was typed', async () => {
    const router = renderScreen(feature, '/dead-letters');
    await userEvent.type(await screen.findByRole('textbox', { name: /^Text in/ }), 'LOUD');
    await waitFor(() => expect(router.state.location.search).toEqual({ text: 'LOUD' }));
    await userEvent.click(screen.getByRole('button', { name: 'Clear filters' }));
    await waitFor(() => expect(router.state.location.search).toEqual({}));
    expect(screen.getByRole('textbox', { name: /^Text in/ })).toHaveValue('');
  });

  it('leads from a group to its letters, and from a letter to its page', async () => {
    const router = renderScreen(feature, '/dead-letters');
    await userEvent.click(await foundCause());
    const { queue, kind, cause } = group;
    await waitFor(() => expect(router.state.location.search).toEqual({ queue, kind, cause, view: 'letters' }));
    await userEvent.click(await screen.findByText(letter().reason));
    await waitFor(() => expect(router.state.location.pathname).toBe(`/dead-letters/${letter().id}`));
  });
});

describe('the question before an operation', () => {
  it('says how many letters a filter means, and begins with rate and force', async () => {
    const router = renderScreen(feature, '/dead-letters?queue=q');
    await userEvent.click(await screen.findByRole('button', { name: 'Replay all…' }));
    const asking = within(await dialog());
    expect(await asking.findByText('Replay 1,204 letters?')).toBeVisible();
    expect(asking.getByText('q')).toBeVisible();
    expect(asking.getByText(/Consumers remember for 30 days/)).toBeVisible();
    await userEvent.type(asking.getByRole('textbox', { name: /Letters a second/ }), '50');
    await userEvent.click(asking.getByRole('checkbox', { name: /Force/ }));
    await userEvent.click(await asking.findByRole('button', { name: 'Replay 1,204 letters' }));
    await waitFor(() => expect(router.state.location.pathname).toBe(`/operations/${operation}`));
    expect(begun()).toEqual({ kind: 'replay', filter: { queue: 'q', state: 'dead' }, rate: 50, force: true });
  });

  it('does not begin at a rate that the server refuses', async () => {
    renderScreen(feature, '/dead-letters');
    await userEvent.click(await screen.findByRole('button', { name: 'Discard all…' }));
    const asking = within(await dialog());
    const confirm = await asking.findByRole('button', { name: 'Discard 1,204 letters' });
    await userEvent.type(asking.getByRole('textbox', { name: /Letters a second/ }), '10001');
    expect(asking.getByText(/whole number from 1 to 10,000/)).toBeVisible();
    expect(confirm).toBeDisabled();
    expect(asking.queryByRole('checkbox')).toBeNull();
  });

  it('says that what is dead is purged by force alone', async () => {
    renderScreen(feature, '/dead-letters');
    await userEvent.click(await screen.findByRole('button', { name: 'Purge all…' }));
    expect(await screen.findByText(/purged by force alone/)).toBeVisible();
    await userEvent.click(screen.getByRole('checkbox', { name: /Force/ }));
    expect(screen.queryByText(/purged by force alone/)).toBeNull();
    expect(screen.getByText(/Their content is lost/)).toBeVisible();
  });

  it('shows what the server refuses and stays open', async () => {
    answers(() => Promise.reject(new Problem({ title: 'Bad Request', status: 400, detail: 'filter: too many' })));
    const router = renderScreen(feature, '/dead-letters');
    await userEvent.click(await screen.findByRole('button', { name: 'Replay all…' }));
    await userEvent.click(await screen.findByRole('button', { name: 'Replay 1,204 letters' }));
    expect(await screen.findByText('filter: too many')).toBeVisible();
    expect(router.state.location.pathname).toBe('/dead-letters');
  });

  it('says that it may have begun where no answer came', async () => {
    answers(() => Promise.reject(new Problem({ title: 'no answer', status: 0 })));
    renderScreen(feature, '/dead-letters');
    await userEvent.click(await screen.findByRole('button', { name: 'Replay all…' }));
    await userEvent.click(await screen.findByRole('button', { name: 'Replay 1,204 letters' }));
    expect(await screen.findByRole('link', { name: 'see Operations' })).toHaveAttribute('href', '/operations');
  });
});

it('who is no admin is told why nothing can be done', async () => {
  vi.mocked(useMay).mockReturnValue(false);
  renderScreen(feature, '/dead-letters');
  const replay = await screen.findByRole('button', { name: 'Replay all…' });
  expect(replay).toHaveAccessibleDescription('Needs the role admin');
  await userEvent.click(replay);
  expect(screen.queryByRole('dialog')).toBeNull();
});

it('where there are no letters it says how to make one, and where the filter hides them how to clear it', async () => {
  answers(undefined, []);
  const router = renderScreen(feature, '/dead-letters');
  expect(await screen.findByText(/curl -X POST .*\/v1\/events\/logs/)).toBeVisible();
  await router.navigate({ to: '/dead-letters?queue=q' });
  expect(await screen.findByText('No letters match the filter')).toBeVisible();
});

it('an error is shown with a way to try again', async () => {
  asked.mockRejectedValue(new Problem({ title: 'Unavailable', status: 503, detail: 'operations is away' }));
  renderScreen(feature, '/dead-letters');
  expect(await screen.findByText('operations is away')).toBeVisible();
  answers();
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await foundCause()).toBeVisible();
});
