/** The reader of server-sent events, on the standard's own cases and on every split of the bytes. */
import { expect, test } from 'vitest';
import { EventReader, type ServerEvent } from './events';

function read(text: string, cuts: number[] = [], longest?: number): { events: ServerEvent[]; reader: EventReader } {
  const bytes = new TextEncoder().encode(text);
  const reader = new EventReader(longest);
  const edges = [0, ...cuts, bytes.length];
  const events = edges.slice(1).flatMap((end, at) => reader.push(bytes.subarray(edges[at], end)));
  return { events, reader };
}

const shown = (text: string) => read(text).events.map(({ event, data }) => [event, data]);

test.each([
  ['data of several lines', 'data: YHOO\ndata: +2\ndata: 10\n\n', [['message', 'YHOO\n+2\n10']]],
  [
    'comments, and one space that is taken off',
    ': hi\n\ndata:one\n\ndata:  two\n\n',
    [
      ['message', 'one'],
      ['message', ' two'],
    ],
  ],
  [
    'empty data, and a block without its end',
    'data\n\ndata\ndata\n\ndata:',
    [
      ['message', ''],
      ['message', '\n'],
    ],
  ],
  [
    'a name, once',
    'event: add\ndata: 1\n\ndata: 2\n\n',
    [
      ['add', '1'],
      ['message', '2'],
    ],
  ],
  ['a name without data, which is forgotten', 'event: add\n\ndata: 2\n\n', [['message', '2']]],
  ['every end of a line', 'data: a\r\ndata: b\rdata: c\n\r\n', [['message', 'a\nb\nc']]],
  ['a mark of byte order', '\uFEFFdata: a\n\n', [['message', 'a']]],
  ['fields that nobody knows', 'daata: a\n DATA: b\ndata: c\n\n', [['message', 'c']]],
])('%s', (_, text, events) => {
  expect(shown(text)).toEqual(events);
});

test('ids stay until the next one, also without data, and none has a NUL', () => {
  expect(read('id: 7\ndata: a\n\ndata: b\n\n').reader.lastId).toBe('7');
  expect(read('id: 7\n\n').reader.lastId).toBe('7');
  expect(read('id: 7\ndata: x\n').reader.lastId).toBe('');
  expect(read('id: 7\n\nid: a\0b\n\n').reader.lastId).toBe('7');
  expect(read('id: 7\n\nid\n\n').reader.lastId).toBe('');
  expect(read('retry: 300\n').reader.retry).toBe(300);
  expect(read('retry: 3s\n').reader.retry).toBeUndefined();
});

test('a line that is too long is left out, and its event says so', () => {
  const { events } = read(`event: entries\ndata: ${'x'.repeat(500)}\n\ndata: next\n\n`, [60, 200, 300], 100);
  expect(events).toEqual([
    { event: 'entries', data: '', isCut: true },
    { event: 'message', data: 'next', isCut: false },
  ]);
});

test('however the bytes are split, the events are the same', () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed % below;
  };
  const parts = ['data: ä€𝄞', 'data', 'id: 5', 'event: x', ':c', '', '', '\r', 'data:  {"a":"\\n"}', 'retry: 1', ''];
  const ends = ['\n', '\r\n', '\r'];
  for (let round = 0; round < 2000; round++) {
    const lines = Array.from({ length: 1 + random(20) }, () => (parts[random(parts.length)] ?? '') + ends[random(3)]);
    const text = lines.join('');
    const length = new TextEncoder().encode(text).length;
    const cuts = Array.from({ length: random(12) }, () => random(length + 1)).sort((a, b) => a - b);
    const [whole, split] = [read(text), read(text, cuts)];
    expect(split.events, JSON.stringify([text, cuts])).toEqual(whole.events);
    expect(split.reader.lastId).toBe(whole.reader.lastId);
  }
});
