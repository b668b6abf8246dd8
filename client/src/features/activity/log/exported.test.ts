/** What is exported can be read again, and is nothing but text to a spreadsheet. */
import { expect, it } from 'vitest';
import type { Entry } from './entry';
import { cell, csv, ndjson } from './exported';

const entry: Entry = {
  id: '1',
  name: 'a,b',
  level: 'INFO',
  data: 'say "hi"\nagain',
  created_at: '2026-11-21T12:00:00Z',
};

it('quotes what has commas, quotes and line ends', () => {
  expect(csv([entry])).toBe(
    'id,created_at,level,name,via,data\r\n1,2026-11-21T12:00:00Z,INFO,"a,b",,"say ""hi""\nagain"\r\n',
  );
});

it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', ' =1', '\n=cmd|x', '＝1'])('makes %j text', (value) => {
  expect(cell(value)).toBe(`"'${value}"`);
});

it('leaves plain words alone', () => {
  expect(cell('plain word')).toBe('plain word');
  expect(cell('')).toBe('');
});

it('writes one entry as one line of JSON', () => {
  const lines = ndjson([entry, { ...entry, id: '2' }])
    .trimEnd()
    .split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual([entry, { ...entry, id: '2' }]);
});
