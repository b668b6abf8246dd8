import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { ask } from '@/api/client';
import { Problem } from '@/api/problem';
import { loaded, renderScreen } from '@/testing/screen';
import { keepDraft, readDraft } from './draft';
import { shown } from './examples';
import { feature } from './feature';

vi.mock('@/api/client', () => ({ ask: vi.fn() }));
vi.mock('@/session/session', async (original) => ({ ...(await original()), useMay: () => true }));

await loaded(feature);

const { id } = shown();
const copy = '01a2001b-0000-7000-8000-000000000000';
const asked = vi.mocked(ask);

beforeEach(() => sessionStorage.clear());

function answers(letter = shown(), edited: () => unknown = () => shown({ id: copy, replaces: id })) {
  asked.mockImplementation(async (path, options) => {
    if (options?.method === 'POST') return edited();
    return path.endsWith(copy) ? shown({ id: copy, replaces: id }) : letter;
  });
}

async function editor() {
  return screen.findByRole<HTMLTextAreaElement>('textbox', { name: 'New body' });
}

async function type(text: string) {
  const area = await editor();
  await userEvent.clear(area);
  await userEvent.click(area);
  await userEvent.paste(text);
}

describe('the page of a letter', () => {
  it('shows why it died, its headers, its body with indented lines, and links to its copy', async () => {
    answers(shown({ state: 'replaced', replaced_by: copy }));
    renderScreen(feature, `/dead-letters/${id}`);
    expect(await screen.findByText(/7 is none of them/)).toBeVisible();
    expect(screen.getByText('cloudEvents:type')).toBeVisible();
    expect(screen.queryByText('cloudEvents:subject')).toBeNull();
    expect(document.querySelector('pre[aria-label="Body"]')).toHaveTextContent('{ "level": 7, "name": "event" }');
    expect(screen.getByRole('link', { name: copy })).toHaveAttribute('href', `/dead-letters/${copy}`);
    expect(screen.getByRole('button', { name: 'Edit' })).toHaveAccessibleDescription(/this one is replaced/);
    expect(screen.getByRole('button', { name: 'Discard…' })).toHaveAttribute('aria-disabled', 'true');
  });

  it('shows what is no JSON as text or bytes, and does not offer to replay what was unreadable', async () => {
    answers(shown({ body: 'ab\uFFFD', is_json: false, readable: false }));
    renderScreen(feature, `/dead-letters/${id}`);
    await userEvent.click(await screen.findByText('Bytes'));
    expect(screen.getByText(/000000 61 62 \?\?/)).toBeVisible();
    expect(screen.getByRole('button', { name: 'Replay…' })).toHaveAccessibleDescription(/could not be read/);
  });

  it('shows a part of a large body, and all of it when asked', async () => {
    answers(shown({ body: { data: 'x'.repeat(200_000) }, size: 200_012 }));
    renderScreen(feature, `/dead-letters/${id}`);
    const body = () => document.querySelector('pre[aria-label="Body"]')?.textContent?.length ?? 0;
    await waitFor(() => expect(body()).toBe(64 * 1024));
    await userEvent.click(screen.getByRole('button', { name: 'Show all' }));
    expect(body()).toBeGreaterThan(200_000);
  });

  it('says what failed and tries again', async () => {
    asked.mockRejectedValueOnce(new Problem({ title: 'Not Found', status: 404, detail: 'no such dead letter' }));
    renderScreen(feature, `/dead-letters/${id}`);
    expect(await screen.findByRole('alert')).toHaveTextContent('no such dead letter');
    answers();
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText(/7 is none of them/)).toBeVisible();
  });
});

describe('the editor', () => {
  it('says where JSON that is typed is none, and does not save it', async () => {
    answers();
    renderScreen(feature, `/dead-letters/${id}?edit=true`);
    await type('{\n  "level": "INFO",\n}');
    expect(screen.getByText('Line 3, column 1: a name in double quotes is expected here')).toBeVisible();
    await userEvent.click(screen.getByRole('button', { name: 'Save as a copy' }));
    expect(asked.mock.calls.some(([, options]) => options?.method === 'POST')).toBe(false);
    await userEvent.click(screen.getByRole('button', { name: 'Go to it' }));
    expect((await editor()).selectionStart).toBe(21);
  });

  it('shows the change as lines that go and come', async () => {
    answers();
    renderScreen(feature, `/dead-letters/${id}?edit=true`);
    await type('{"level":"INFO","name":"event"}');
    const changes = within(await screen.findByRole('region', { name: 'Changes' }));
    expect(changes.getByText('"level": 7,').tagName).toBe('DEL');
    expect(changes.getByText('"level": "INFO",').tagName).toBe('INS');
    expect(screen.getByText('1 added, 1 removed')).toBeVisible();
  });

  it('keeps the draft over a reload and removes it when it was saved', async () => {
    answers();
    keepDraft(id, { text: '{"level":"INFO"}', kind: 'log.INFO' });
    const router = renderScreen(feature, `/dead-letters/${id}?edit=true`);
    expect(await editor()).toHaveValue('{"level":"INFO"}');
    expect(screen.getByText(/You typed this before/)).toBeVisible();
    await type('{"level":"ERROR"}');
    expect(readDraft(id)).toEqual({ text: '{"level":"ERROR"}', kind: 'log.INFO' });
    await userEvent.click(screen.getByRole('button', { name: 'Save as a copy' }));
    await waitFor(() => expect(router.state.location.pathname).toBe(`/dead-letters/${copy}`));
    expect(asked).toHaveBeenCalledWith(`/v1/admin/dead-letters/${id}/edited`, {
      method: 'POST',
      body: { body: { level: 'ERROR' }, kind: 'log.INFO' },
    });
    expect(readDraft(id)).toBeUndefined();
    expect(await screen.findByText(/has not been sent yet/)).toBeVisible();
    expect(screen.getByRole('button', { name: 'Replay…' })).not.toHaveAttribute('aria-disabled');
  });

  it('keeps the draft when the server refuses, and shows what it says of a field or of a conflict', async () => {
    const refusals = [
      new Problem({ title: 'Bad Request', status: 400, errors: [{ field: 'kind', detail: 'must be words' }] }),
      new Problem({ title: 'Conflict', status: 409, detail: 'only dead letters can be edited: this one is replayed' }),
    ];
    answers(shown(), () => Promise.reject(refusals.shift()));
    renderScreen(feature, `/dead-letters/${id}?edit=true`);
    await type('{"level":"INFO"}');
    await userEvent.click(screen.getByRole('button', { name: 'Save as a copy' }));
    expect(await screen.findByText('must be words')).toBeVisible();
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    expect(await screen.findByText(/this one is replayed/)).toBeVisible();
    expect(readDraft(id)?.text).toBe('{"level":"INFO"}');
  });

  it('asks for force where the letter may have been sent already', async () => {
    answers(shown({ operation: copy }));
    renderScreen(feature, `/dead-letters/${id}?edit=true`);
    await type('{"level":"INFO"}');
    await userEvent.click(screen.getByRole('checkbox', { name: /Force/ }));
    await userEvent.click(screen.getByRole('button', { name: 'Save as a copy' }));
    const edited = { method: 'POST', body: { body: { level: 'INFO' }, force: true } };
    await waitFor(() => expect(asked).toHaveBeenCalledWith(`/v1/admin/dead-letters/${id}/edited`, edited));
  });
});
