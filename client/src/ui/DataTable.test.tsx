import { act, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { beforeAll, expect, test, vi } from 'vitest';
import { prefer } from '@/app/preferences';
import { renderIn } from '@/testing/render';
import { type Column, DataTable, type DataTableProps } from './DataTable';

interface Queue {
  name: string;
  ready: number | null;
}

const columns: Column<Queue>[] = [
  { id: 'name', header: 'Name', cell: (row) => row.name, sort: (row) => row.name },
  { id: 'ready', header: 'Ready', align: 'right', cell: (row) => row.ready ?? '–', sort: (row) => row.ready },
  { id: 'wide', header: 'Wide', cell: () => 'wide', from: 1200 },
];
const few: Queue[] = [
  { name: 'orders', ready: 9 },
  { name: 'mail', ready: null },
  { name: 'audit', ready: 10 },
];
const many = Array.from({ length: 10_000 }, (_, at) => ({ name: `queue ${at}`, ready: at }));

beforeAll(() => {
  // jsdom does not scroll.
  Element.prototype.scrollTo = vi.fn() as never;
});

function show(props: Partial<DataTableProps<Queue>> = {}) {
  return renderIn(<DataTable label="Queues" columns={columns} rows={few} rowId={(row) => row.name} {...props} />);
}

/** Of the rows that are in the page, head left out. */
function names(): (string | null | undefined)[] {
  return screen
    .getAllByRole('row')
    .slice(1)
    .map((row) => row.querySelector('td:not(:has(input))')?.textContent);
}

function active(): string | undefined {
  const id = screen.getByRole('grid').getAttribute('aria-activedescendant');
  return id ? (document.getElementById(id)?.querySelector('td')?.textContent ?? undefined) : undefined;
}

test('a header turns the order up, down, and back', async () => {
  show();
  const header = screen.getByRole('columnheader', { name: 'Name' });
  await userEvent.click(within(header).getByRole('button'));
  expect(names()).toEqual(['audit', 'mail', 'orders']);
  expect(header).toHaveAttribute('aria-sort', 'ascending');
  await userEvent.keyboard('{Enter}');
  expect(names()).toEqual(['orders', 'mail', 'audit']);
  expect(header).toHaveAttribute('aria-sort', 'descending');
  await userEvent.keyboard(' ');
  expect(names()).toEqual(['orders', 'mail', 'audit']);
  expect(header).not.toHaveAttribute('aria-sort');
});

test('numbers sort as numbers, and what is unknown comes last either way', async () => {
  show();
  await userEvent.click(screen.getByRole('button', { name: 'Ready' }));
  expect(names()).toEqual(['orders', 'audit', 'mail']);
  await userEvent.click(screen.getByRole('button', { name: 'Ready' }));
  expect(names()).toEqual(['audit', 'orders', 'mail']);
});

test('a column without an order has no button', () => {
  show({ columns: [{ id: 'name', header: 'Name', cell: (row) => row.name }] });
  expect(screen.queryByRole('button')).not.toBeInTheDocument();
});

test('a narrow window leaves a wide column out', () => {
  window.innerWidth = 1024;
  show();
  expect(screen.queryByText('Wide')).not.toBeInTheDocument();
});

test('j and k go through the rows, Enter opens', async () => {
  const onOpen = vi.fn();
  show({ onOpen });
  screen.getByRole('grid').focus();
  await userEvent.keyboard('jjj');
  expect(active()).toBe('audit');
  await userEvent.keyboard('k');
  expect(active()).toBe('mail');
  await userEvent.keyboard('{Enter}');
  expect(onOpen).toHaveBeenCalledExactlyOnceWith(few[1]);
  await userEvent.keyboard('{Home}{ArrowUp}');
  expect(active()).toBe('orders');
});

test('with character keys off arrows still go through the rows', async () => {
  prefer({ characterKeys: false });
  show({ onOpen: () => undefined });
  screen.getByRole('grid').focus();
  await userEvent.keyboard('j');
  expect(active()).toBeUndefined();
  await userEvent.keyboard('{ArrowDown}');
  expect(active()).toBe('orders');
  prefer({ characterKeys: true });
});

test('the active row stays the same one when rows come before it', async () => {
  renderIn(<Growing />);
  screen.getByRole('grid').focus();
  await userEvent.keyboard('j');
  act(() => screen.getByRole('button', { name: 'More' }).click());
  expect(names()[0]).toBe('first');
  expect(active()).toBe('orders');
});

function Growing() {
  const [rows, setRows] = useState(few);
  return (
    <>
      <button type="button" onClick={() => setRows([{ name: 'first', ready: 1 }, ...few])}>
        More
      </button>
      <DataTable label="Queues" columns={columns} rows={rows} rowId={(row) => row.name} onOpen={() => undefined} />
    </>
  );
}

test('a click opens, unless it is meant for what is in the cell', async () => {
  const onOpen = vi.fn();
  show({
    onOpen,
    columns: [
      { id: 'name', header: 'Name', cell: (row) => row.name },
      { id: 'stop', header: 'Stop', cell: (row) => <button type="button">Stop {row.name}</button> },
    ],
  });
  await userEvent.click(screen.getByRole('button', { name: 'Stop mail' }));
  expect(onOpen).not.toHaveBeenCalled();
  await userEvent.click(screen.getByText('mail'));
  expect(onOpen).toHaveBeenCalledExactlyOnceWith(few[1]);
});

test('of 10,000 rows at most 60 are in the page, and it says how many there are', () => {
  show({ rows: many });
  const rows = screen.getAllByRole('row');
  expect(rows.length).toBeGreaterThan(20);
  expect(rows.length).toBeLessThanOrEqual(60);
  expect(screen.getByRole('table')).toHaveAttribute('aria-rowcount', '10001');
  expect(rows[1]).toHaveAttribute('aria-rowindex', '2');
});

test('10,000 rows are sorted, and still few of them are in the page', async () => {
  show({ rows: many });
  await userEvent.click(screen.getByRole('button', { name: 'Ready' }));
  await userEvent.click(screen.getByRole('button', { name: 'Ready' }));
  expect(names()[0]).toBe('queue 9999');
  expect(screen.getAllByRole('row').length).toBeLessThanOrEqual(60);
});

function Selecting({ rows }: { rows: Queue[] }) {
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  return (
    <>
      <output>{selected.size}</output>
      <DataTable
        label="Queues"
        columns={columns}
        rows={rows}
        rowId={(row) => row.name}
        selected={selected}
        onSelect={setSelected}
      />
    </>
  );
}

test('boxes tick rows, and the one in the head ticks all, seen or not', async () => {
  renderIn(<Selecting rows={many} />);
  const all = screen.getByRole('checkbox', { name: 'Select all rows' });
  await userEvent.click(screen.getByRole('checkbox', { name: 'Select row 2' }));
  expect(screen.getByRole('status')).toHaveTextContent(/^1$/);
  expect(screen.getAllByRole('row')[2]).toHaveAttribute('aria-selected', 'true');
  expect(all).toBePartiallyChecked();
  await userEvent.click(all);
  expect(screen.getByRole('status')).toHaveTextContent('10000');
  await userEvent.click(all);
  expect(screen.getByRole('status')).toHaveTextContent(/^0$/);
});

test('Space ticks the active row', async () => {
  renderIn(<Selecting rows={few} />);
  screen.getByRole('grid').focus();
  await userEvent.keyboard('jj ');
  expect(screen.getByRole('checkbox', { name: 'Select row 2' })).toBeChecked();
});

test('the end of the rows asks for more once', () => {
  const onEnd = vi.fn();
  const { rerender } = show({ onEnd });
  expect(onEnd).toHaveBeenCalledOnce();
  rerender(<div />);
  onEnd.mockClear();
  show({ onEnd, rows: many });
  expect(onEnd).not.toHaveBeenCalled();
});

test('the opened row says so', () => {
  show({ onOpen: () => undefined, opened: 'mail' });
  expect(screen.getAllByRole('row').find((row) => row.getAttribute('aria-current') === 'true')).toHaveTextContent(
    'mail',
  );
});

test('where there are no rows it shows what stands for them', () => {
  show({ rows: [], empty: <p>No queues yet</p> });
  expect(screen.getByText('No queues yet')).toBeInTheDocument();
});
