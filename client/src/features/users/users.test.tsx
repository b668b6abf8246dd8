/** Accounts are found by what the URL says, and changed only after it was asked and as far as the server lets. */
import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ask } from '@/api/client';
import { Problem } from '@/api/problem';
import { loaded, renderScreen } from '@/testing/screen';
import type { Account } from './api/users';
import { feature } from './feature';

vi.mock('@/api/client', () => ({ ask: vi.fn() }));
await loaded(feature);

const asked = vi.mocked(ask);

const ada: Account = {
  id: '017f22e2-79b0-7cc3-98c4-dc0c0c07398f',
  email: 'ada@example.com',
  first_name: 'Ada',
  last_name: 'Lovelace',
  role: 'admin',
  active: true,
};
const grace: Account = { ...ada, id: '017f22e2-79b1-7cc3-98c4-dc0c0c07398f', email: 'grace@example.com', role: 'user' };

/** Answers each call by its method and path. */
function answering(answers: Record<string, (asked: Parameters<typeof ask>[1]) => unknown>) {
  asked.mockImplementation(async (path, options) => {
    const answer = answers[`${options?.method ?? 'GET'} ${path}`];
    if (!answer) throw new Error(`nobody answers ${options?.method ?? 'GET'} ${path}`);
    return answer(options) as never;
  });
}

function calls(method: string) {
  return asked.mock.calls.filter(([, options]) => (options?.method ?? 'GET') === method);
}

beforeEach(() => {
  asked.mockReset();
});

describe('the list', () => {
  it('is looked for on the server, and the URL says for what', async () => {
    answering({ 'GET /v1/users': (call) => ({ users: call?.query?.search ? [grace] : [ada, grace] }) });
    const router = renderScreen(feature, '/users');
    expect(await screen.findByText('ada@example.com')).toBeInTheDocument();
    expect(screen.getByText('2 shown / 2')).toBeInTheDocument();

    await userEvent.type(screen.getByRole('textbox', { name: 'Find by name or e-mail' }), 'grace');
    await waitFor(() => expect(router.history.location.href).toBe('/users?q=grace'));
    await waitFor(() => expect(screen.queryByText('ada@example.com')).not.toBeInTheDocument());
    // Once for what was there, once for the whole word: not for each letter.
    expect(calls('GET').map(([, options]) => options?.query?.search)).toEqual(['', 'grace']);
  });

  it('says that nobody matches, and leads back to all', async () => {
    answering({ 'GET /v1/users': (call) => ({ users: call?.query?.search ? [] : [ada] }) });
    const router = renderScreen(feature, '/users?q=nobody');
    expect(await screen.findByText('Nobody matches “nobody”')).toBeInTheDocument();
    expect(screen.getByRole('textbox')).toHaveValue('nobody');
    await userEvent.click(screen.getByRole('button', { name: 'Show all users' }));
    expect(await screen.findByText('ada@example.com')).toBeInTheDocument();
    expect(router.history.location.href).toBe('/users');
  });

  it('opens a user, and the way back keeps what was looked for', async () => {
    answering({ 'GET /v1/users': () => ({ users: [ada] }), [`GET /v1/users/${ada.id}`]: () => ada });
    const router = renderScreen(feature, '/users?q=ada');
    await userEvent.click(await screen.findByText('ada@example.com'));
    await userEvent.click(await screen.findByRole('link', { name: 'All users' }));
    await waitFor(() => expect(router.history.location.href).toBe('/users?q=ada'));
  });

  it('shows why it could not be read, and tries again', async () => {
    let fails = true;
    answering({
      'GET /v1/users': () => {
        if (fails) throw new Problem({ title: 'Unavailable', status: 503, detail: 'the service does not answer' });
        return { users: [ada] };
      },
    });
    renderScreen(feature, '/users');
    expect(await screen.findByText('the service does not answer')).toBeInTheDocument();
    fails = false;
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText('ada@example.com')).toBeInTheDocument();
  });
});

describe('a user', () => {
  it('gets another role only after it was confirmed', async () => {
    answering({
      [`GET /v1/users/${grace.id}`]: () => grace,
      [`PATCH /v1/users/${grace.id}`]: () => ({ ...grace, role: 'admin' }),
    });
    renderScreen(feature, `/users/${grace.id}`);
    await userEvent.click(await screen.findByRole('button', { name: 'Make an admin' }));
    const dialog = await screen.findByRole('dialog', { name: 'Make grace@example.com an admin?' });
    expect(calls('PATCH')).toHaveLength(0);
    await userEvent.click(within(dialog).getByRole('button', { name: 'Make an admin' }));
    expect(await screen.findByText('Role: Admin')).toBeInTheDocument();
    expect(calls('PATCH')).toEqual([[`/v1/users/${grace.id}`, { method: 'PATCH', body: { role: 'admin' } }]]);
    await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
  });

  it('is left as it is where the confirmation is cancelled', async () => {
    answering({ [`GET /v1/users/${ada.id}`]: () => ada });
    renderScreen(feature, `/users/${ada.id}`);
    await userEvent.click(await screen.findByRole('button', { name: 'Disable' }));
    const dialog = await screen.findByRole('dialog');
    await userEvent.click(within(dialog).getByRole('button', { name: 'Cancel' }));
    await waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
    expect(calls('PATCH')).toHaveLength(0);
  });

  it('stays an admin where it is the last one, and the server says why', async () => {
    const detail = 'this is the last active admin: make somebody else an admin first';
    answering({
      [`GET /v1/users/${ada.id}`]: () => ada,
      [`PATCH /v1/users/${ada.id}`]: () => {
        throw new Problem({ title: 'Conflict', status: 409, detail, traceId: '4bf92f3577b34da6' });
      },
    });
    renderScreen(feature, `/users/${ada.id}`);
    await userEvent.click(await screen.findByRole('button', { name: 'Disable' }));
    const dialog = await screen.findByRole('dialog');
    await userEvent.click(within(dialog).getByRole('button', { name: 'Disable' }));
    expect(await within(dialog).findByText(detail)).toBeInTheDocument();
    expect(within(dialog).getByText('4bf92f3577b34da6')).toBeInTheDocument();
    expect(screen.getByText('State: Active')).toBeInTheDocument();
  });

  it('is given a reset token with the call that takes it', async () => {
    const link = { token: "t0'ken", expires_at: '2099-01-02T03:04:05Z' };
    answering({
      [`GET /v1/users/${ada.id}`]: () => ada,
      [`POST /v1/users/${ada.id}/reset-link`]: () => link,
    });
    renderScreen(feature, `/users/${ada.id}`);
    await userEvent.click(await screen.findByRole('button', { name: 'Make a reset link' }));
    const shown = await screen.findByRole('status');
    expect(within(shown).getByText("t0'ken")).toBeInTheDocument();
    expect(shown).toHaveTextContent('2099');
    expect(shown).toHaveTextContent('/v1/password-resets');
    expect(shown).toHaveTextContent(`t0'\\''ken`);
  });
});
