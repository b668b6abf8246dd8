import { expect, test, vi } from 'vitest';
import { formatFor, localeOf } from './format';

const en = formatFor('en');
const de = formatFor('de');
const now = Date.parse('2026-11-21T12:00:00Z');
const before = (seconds: number) => now - seconds * 1000;

test('numbers are written as the language writes them', () => {
  expect(en.number(1234.56, 1)).toBe('1,234.6');
  expect(de.number(1234.56, 1)).toBe('1.234,6');
});

test.each([
  [null, '–'],
  [undefined, '–'],
  [0, '0/s'],
  [1.26, '1.3/s'],
  [1234.5, '1,235/s'],
])('a rate of %s is %s', (rate, shown) => {
  expect(en.rate(rate)).toBe(shown);
});

test.each([
  [0, '0 B'],
  [1023, '1,023 B'],
  [1536, '1.5 KiB'],
  [5 * 1024 ** 3, '5 GiB'],
  [5 * 1024 ** 4, '5,120 GiB'],
])('%s bytes are %s', (bytes, shown) => {
  expect(en.bytes(bytes)).toBe(shown);
});

test.each([
  [0.25, '250 ms'],
  [59, '59 sec'],
  [125, '2 min 5 sec'],
  [3720, '1 hr 2 min'],
  [90_000, '1 day 1 hr'],
])('%s seconds are %s', (seconds, shown) => {
  expect(en.span(seconds)).toBe(shown);
});

test.each([
  [0, 'now'],
  [5, '5 sec. ago'],
  [125, '2 min. ago'],
  [86_400, 'yesterday'],
])('%s seconds back is %s', (seconds, shown) => {
  expect(en.ago(before(seconds), now)).toBe(shown);
});

test('German says it in German', () => {
  expect(de.ago(before(125), now)).toBe('vor 2 Min.');
});

test('what is no time is a dash, as a server may answer anything', () => {
  for (const nonsense of ['soon', Number.NaN]) {
    expect([en.time(nonsense), en.clock(nonsense), en.ago(nonsense)]).toEqual(['–', '–', '–']);
  }
});

test.each([
  ['en-US', /^Nov 21, 2026, 12:00:00\sPM$/, /^12:00:00\.000\sPM$/, /^12:00\sPM$/],
  ['en-GB', /^21 Nov 2026, 12:00:00$/, /^12:00:00\.000$/, /^12:00$/],
  ['de', /^21\.11\.2026, 12:00:00$/, /^12:00:00,000$/, /^12:00$/],
])('times are told alike wherever they stand: %s', (locale, time, clock, minute) => {
  const noon = new Date(2026, 10, 21, 12);
  const format = formatFor(locale);
  expect(format.time(noon)).toMatch(time);
  expect(format.clock(noon)).toMatch(clock);
  expect(format.minute(noon)).toMatch(minute);
});

test.each([
  ['en', ['de-AT', 'en-GB', 'en-US'], 'en-GB'],
  ['de', ['en-GB', 'DE-at'], 'de-AT'],
  ['de', ['en-GB', 'den'], 'de'],
  ['en', [], 'en'],
  ['en', ['en-US@posix'], 'en'],
])('%s in a browser that asks for %j is written as in %s', (language, wanted, locale) => {
  expect(localeOf(language, wanted)).toBe(locale);
});

test('what Intl makes is made once for each language', () => {
  const made = vi.spyOn(Intl, 'DateTimeFormat');
  for (let each = 0; each < 100; each++) formatFor('en').clock(now);
  expect(made).not.toHaveBeenCalled();
});
