/** The screen over a faked logger and live connection: what is seen, kept in the address, paused, and never run. */
import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { beforeEach, expect, it, vi } from 'vitest';
import { ask } from '@/api/client';
import type { LogEvent } from '@/live/live';
import { useMay } from '@/session/session';
import { loaded, renderScreen } from '@/testing/screen';
import { feature } from './feature';
import type { Entry } from './log/entry';

const live = vi.hoisted(() => ({ topic: '', take: (_: unknown[]) => {} }));
vi.mock('@/api/client');
vi.mock('@/session/session');
vi.mock('@/live/live', () => ({
  useLog: (topic: string, take: (events: unknown[]) => void) => {
    live.topic = topic;
    live.take = take;
    return 'live';
  },
}));

await loaded(feature);

const start = Date.parse('2026-11-21T12:00:00Z');

function entry(number: number, part: Partial<Entry> = {}): Entry {
  return {
    id: `id-${number}`,
    name: 'event',
    level: 'INFO',
    data: `data ${number}`,
    created_at: new Date(start + number * 1000).toISOString(),
    ...part,
  };
}

function arrive(...events: LogEvent<Entry>[]): void {
  act(() => live.take(events));
}

/** The logger answers with `pages`, one after the other; they are newest first. */
function open(address: string, ...pages: Entry[][]) {
  vi.mocked(ask).mockImplementation(async () => ({
    entries: pages.shift() ?? [],
    next_cursor: pages.length > 0 ? 'next' : '',
  }));
  return renderScreen(feature, address);
}

const rows = () =>
  within(screen.getByRole('listbox'))
    .getAllByRole('option')
    .map((row) => row.textContent);

beforeEach(() => {
  vi.mocked(ask).mockReset();
  vi.mocked(useMay).mockReturnValue(true);
});

it('shows the first page with the newest at the bottom, then what comes live, and a gap as a line', async () => {
  open('/activity', [entry(2), entry(1)]);
  await screen.findByText('data 2');
  arrive(
    { kind: 'entries', entries: [entry(2), entry(3, { via: 'QUEUE', level: 'ERROR' })] },
    { kind: 'gap', missed: 412 },
  );
  expect(rows().map((row) => row?.replace(/^\d\d:\d\d:\d\d\.\d{3}\s[AP]M/, ''))).toEqual([
    'INFOeventdata 1',
    'INFOeventdata 2',
    'ERROReventQueuedata 3',
    '412 entries were left out here',
  ]);
});

it('filters by what the address says, and puts there what is typed', async () => {
  const router = open('/activity?level=ERROR', [entry(3), entry(2, { level: 'ERROR' }), entry(1)]);
  await screen.findByText('1 shown / 3');
  fireEvent.change(screen.getByLabelText('Find in name and data'), { target: { value: 'zzz' } });
  await screen.findByText('None of 3 entries here match');
  expect(router.state.location.search).toEqual({ level: 'ERROR', q: 'zzz' });
});

it('highlights without hiding, by splitting the text', async () => {
  open('/activity?q=DATA&mode=highlight', [entry(2, { data: 'other' }), entry(1)]);
  await screen.findByText('1 hit / 2');
  expect(rows()).toHaveLength(2);
  expect(screen.getByText('data', { selector: 'mark' })).toBeInTheDocument();
});

it('pauses by the button, counts what comes, and shows it on resuming', async () => {
  open('/activity', [entry(1)]);
  await screen.findByText('data 1');
  fireEvent.click(screen.getByRole('button', { name: 'Pause' }));
  arrive({ kind: 'entries', entries: [entry(2), entry(3)] });
  expect(screen.getByText('Paused, 2 new')).toBeInTheDocument();
  expect(rows()).toHaveLength(1);
  fireEvent.keyDown(document.body, { key: 'End' });
  await waitFor(() => expect(rows()).toHaveLength(3));
});

it('opens an entry beside the log, with its JSON in lines, and keeps it in the address', async () => {
  const router = open('/activity', [entry(1, { data: '{"order":{"total":5}}' })]);
  fireEvent.click(await screen.findByText('{"order":{"total":5}}'));
  const pane = await screen.findByRole('complementary', { name: 'Entry' });
  expect(within(pane).getByText(/"total": 5/).textContent).toBe('{\n  "order": {\n    "total": 5\n  }\n}');
  expect(router.state.location.search).toEqual({ entry: 'id-1' });
});

it('looks for an entry of a copied address that the list does not have, by the time in its id', async () => {
  const id = '01a20019-3b56-758e-a32c-84f247fc59c3';
  open(`/activity?entry=${id}`, [entry(1)], [entry(7, { id, data: 'found again' })]);
  expect(await screen.findByText('found again')).toBeInTheDocument();
  const { query } = vi.mocked(ask).mock.calls.at(-1)?.[1] ?? {};
  expect(query?.since).toBe(new Date(0x01a200193b56 - 1000).toISOString());
});

it('shows a part of 200 KB until all of it is asked for', async () => {
  open('/activity?entry=id-1', [entry(1, { data: 'x'.repeat(200 << 10) })]);
  const code = () => screen.getByLabelText('Data', { selector: 'pre' });
  await waitFor(() => expect(code().textContent).toHaveLength(8001));
  fireEvent.click(screen.getByRole('button', { name: 'Show all 200 KiB' }));
  expect(code().textContent).toHaveLength(200 << 10);
});

it('runs no script of any text', async () => {
  const evil = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>';
  open('/activity?q=script&mode=highlight&entry=id-1', [entry(1, { name: evil, data: JSON.stringify({ evil }) })]);
  await screen.findByRole('complementary', { name: 'Entry' });
  await waitFor(() => expect(screen.getAllByText(evil).length).toBeGreaterThan(0));
  expect(document.querySelector('img, main script, [role=listbox] script')).toBeNull();
  expect('ran' in window).toBe(false);
});

it('shows the audit to admins, from its own log and topic', async () => {
  open('/activity?kind=audit', [entry(1, { name: 'audit.sign_in' })]);
  await screen.findAllByText('audit.sign_in');
  expect(vi.mocked(ask).mock.calls[0]?.[0]).toBe('/v1/audit');
  expect(live.topic).toBe('audit');
});

it('has the audit disabled for others, whatever the address says', async () => {
  vi.mocked(useMay).mockReturnValue(false);
  open('/activity?kind=audit', [entry(1)]);
  await screen.findByText('data 1');
  expect(screen.getByRole('radio', { name: 'Audit' })).toBeDisabled();
  expect(vi.mocked(ask).mock.calls.map(([path]) => path)).toEqual(['/v1/logs']);
});

it('says what failed and tries again, and what to do where there is nothing', async () => {
  open('/activity');
  vi.mocked(ask).mockRejectedValueOnce(new Error('the logger is away'));
  fireEvent.click(await screen.findByRole('button', { name: 'Try again' }));
  expect(await screen.findByText('No entries yet')).toBeInTheDocument();
  expect(screen.getByText(/curl -X POST .*\/v1\/logs/)).toBeInTheDocument();
});
