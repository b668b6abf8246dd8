import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ask } from '@/api/client';
import { Problem } from '@/api/problem';
import { useSnapshot } from '@/live/live';
import { useMay } from '@/session/session';
import { loaded, renderScreen } from '@/testing/screen';
import type { ShownOperation } from './api';
import { feature } from './feature';

vi.mock('@/api/client', () => ({ ask: vi.fn() }));
vi.mock('@/live/live', async (original) => ({ ...(await original()), useSnapshot: vi.fn() }));
vi.mock('@/session/session', async (original) => ({ ...(await original()), useMay: vi.fn() }));

await loaded(feature);

const asked = vi.mocked(ask);
const id = '01a2001c-7dfb-7152-af67-10c1049bc4d9';
const letter = '01a2001a-6e26-7271-818d-9fb6cc823a72';

const running: ShownOperation = {
  id,
  kind: 'replay',
  state: 'running',
  total: 1204,
  done: 312,
  failed: 1,
  skipped: 1,
  rate: 50,
  force: false,
  who: 'somebody',
  created_at: '2026-11-21T20:00:00Z',
  started_at: '2026-11-21T20:00:00Z',
  ended_at: null,
  error: null,
  letters: [{ letter, state: 'skipped', detail: 'it is replayed' }],
};

function answers(operation: () => unknown, stopped: () => unknown = () => ({ ...running, state: 'stopped' })) {
  asked.mockImplementation(async (path, options) => {
    if (path.startsWith('/v1/users/')) return { id: 'somebody', email: 'ada@example.com' };
    if (options?.method === 'DELETE') return stopped();
    if (path === '/v1/admin/operations') return { operations: [await operation()].filter(Boolean) };
    return operation();
  });
}

function live(operation?: unknown) {
  const away = { data: undefined, at: undefined, state: 'lost', problem: undefined } as const;
  const there = { data: operation, at: Date.now() + 60_000, state: 'live', problem: undefined } as const;
  vi.mocked(useSnapshot).mockReturnValue(operation ? there : away);
}

beforeEach(() => {
  vi.mocked(useMay).mockReturnValue(true);
  live();
});

describe('the page of an operation', () => {
  it('shows n of N, who began it, its rate, and the letters that it left out', async () => {
    answers(() => running);
    renderScreen(feature, `/operations/${id}`);
    expect(await screen.findByRole('heading', { name: 'Replay of 1,204 letters' })).toBeVisible();
    expect(screen.getByText('314 of 1,204')).toBeVisible();
    expect(screen.getByRole('progressbar')).toHaveAttribute('aria-valuenow', '26');
    expect(await screen.findByText('ada@example.com')).toBeVisible();
    expect(screen.getByText('At most 50/s')).toBeVisible();
    expect(screen.getByRole('link', { name: letter })).toHaveAttribute('href', `/dead-letters/${letter}`);
    expect(screen.getByText('it is replayed')).toBeVisible();
  });

  it('shows what came live in the place of what was asked for, and says what is waited for', async () => {
    live({ ...running, done: 400, error: 'the queue is away' });
    answers(() => running);
    renderScreen(feature, `/operations/${id}`);
    expect(await screen.findByText('402 of 1,204')).toBeVisible();
    expect(screen.getByText('waiting', { exact: true })).toBeVisible();
    expect(screen.getByText('It waits: the queue is away')).toBeVisible();
  });

  it('asks again and again while live data is away, and says so', async () => {
    let done = 312;
    answers(() => ({ ...running, done: done++ }));
    renderScreen(feature, `/operations/${id}`);
    expect(await screen.findByText('314 of 1,204')).toBeVisible();
    expect(screen.getByText(/Not live, as of/)).toBeVisible();
    expect(await screen.findByText('315 of 1,204', undefined, { timeout: 5_000 })).toBeVisible();
  });

  it('shows the id of whoever began it where no e-mail is told', async () => {
    asked.mockImplementation(async (path) => {
      if (path.startsWith('/v1/users/')) throw new Problem({ title: 'Not Found', status: 404 });
      return running;
    });
    renderScreen(feature, `/operations/${id}`);
    expect(await screen.findByText('somebody')).toBeVisible();
  });
});

describe('the word to stop', () => {
  it('is given after one question, and what is shown then is what the server says', async () => {
    let state = 'running';
    answers(
      () => ({ ...running, state }),
      () => {
        state = 'stopped';
        return { ...running, state };
      },
    );
    renderScreen(feature, `/operations/${id}`);
    await userEvent.click(await screen.findByRole('button', { name: 'Stop' }));
    expect(await screen.findByText('890 letters have not been reached yet.')).toBeVisible();
    expect(screen.getByText('running')).toBeInTheDocument();
    await userEvent.click(screen.getByRole('button', { name: 'Stop it' }));
    expect(await screen.findByText('stopped')).toBeInTheDocument();
    expect(asked).toHaveBeenCalledWith(`/v1/admin/operations/${id}`, { method: 'DELETE' });
    await waitFor(() =>
      expect(screen.getByRole('button', { name: 'Stop' })).toHaveAccessibleDescription(/nothing left to stop/),
    );
  });

  it('shows what stands in its way', async () => {
    const detail = 'there is nothing left to stop: it is done';
    answers(
      () => running,
      () => Promise.reject(new Problem({ title: 'Conflict', status: 409, detail })),
    );
    renderScreen(feature, `/operations/${id}`);
    await userEvent.click(await screen.findByRole('button', { name: 'Stop' }));
    await userEvent.click(await screen.findByRole('button', { name: 'Stop it' }));
    expect(await screen.findByText(detail)).toBeVisible();
  });

  it('is not for who is no admin', async () => {
    vi.mocked(useMay).mockReturnValue(false);
    answers(() => running);
    renderScreen(feature, `/operations/${id}`);
    expect(await screen.findByRole('button', { name: 'Stop' })).toHaveAccessibleDescription('Needs the role admin');
  });
});

describe('the list of operations', () => {
  it('leads to the page of one', async () => {
    answers(() => running);
    const router = renderScreen(feature, '/operations');
    await userEvent.click(await screen.findByText('Replay'));
    await waitFor(() => expect(router.state.location.pathname).toBe(`/operations/${id}`));
  });

  it('says how to begin one where there is none', async () => {
    answers(() => undefined);
    renderScreen(feature, '/operations');
    expect(await screen.findByText(/curl -X POST .*\/v1\/admin\/operations/)).toBeVisible();
  });

  it('shows an error with a way to try again', async () => {
    asked.mockRejectedValue(new Problem({ title: 'Unavailable', status: 503, detail: 'operations is away' }));
    renderScreen(feature, '/operations');
    expect(await screen.findByText('operations is away')).toBeVisible();
    answers(() => running);
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('Replay')).toBeVisible();
  });
});
