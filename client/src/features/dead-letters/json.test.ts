import { describe, expect, it } from 'vitest';
import { findMistake, losesDigits } from './json';

describe('a mistake in JSON', () => {
  it.each([
    ['', 1, 1, 'end'],
    ['{', 1, 2, 'end'],
    ['{"a": 1,\n "b" 2}', 2, 6, 'colon'],
    ['{"a": 1\n "b": 2}', 2, 2, 'comma'],
    ['{"a": 1,\n}', 2, 1, 'key'],
    ["{'a': 1}", 1, 2, 'key'],
    ['[1, 2,]', 1, 7, 'value'],
    ['{"a": tru}', 1, 7, 'value'],
    ['{"a": 01}', 1, 8, 'number'],
    ['[1.]', 1, 3, 'number'],
    ['[-]', 1, 2, 'number'],
    ['["a\tb"]', 1, 4, 'string'],
    ['["\\x"]', 1, 3, 'string'],
    ['{"a": "b', 1, 9, 'end'],
    ['{} {}', 1, 4, 'after'],
    ['['.repeat(129), 1, 129, 'deep'],
  ])('in %j is at line %d, column %d', (text, line, column, reason) => {
    expect(findMistake(text)).toMatchObject({ line, column, reason });
    expect(() => JSON.parse(text)).toThrow();
  });

  it.each(['1', ' {"a": [true, false, null, -1.5e+3, "\\u00e4\\n"], "b": {}} ', '[]', '"x"', '0'])(
    'is not in %j',
    (text) => {
      expect(findMistake(text)).toBeUndefined();
      JSON.parse(text);
    },
  );

  it('is found at the end of 200 KB in a moment', () => {
    const text = `[${'{"name": "event", "data": "hello"},\n'.repeat(6_000)}`;
    expect(text.length).toBeGreaterThan(200_000);
    const began = performance.now();
    expect(findMistake(text)).toMatchObject({ line: 6_001, column: 1, reason: 'end' });
    expect(performance.now() - began).toBeLessThan(1_000);
  });
});

it('numbers that lose digits are told from others', () => {
  expect(losesDigits(JSON.parse('{"a": [12345678901234567890123]}'))).toBe(true);
  expect(losesDigits({ a: [1, 2.5, '12345678901234567890'], b: null })).toBe(false);
});
