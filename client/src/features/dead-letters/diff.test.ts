import { expect, it } from 'vitest';
import { dump } from './bytes';
import { compare } from './diff';

it('a change is told line by line with numbers of both sides', () => {
  const change = compare('{\n  "a": 1,\n  "b": 2\n}', '{\n  "a": 1,\n  "b": 3\n}');
  expect(change).toMatchObject({ added: 1, removed: 1 });
  expect(change?.hunks).toHaveLength(1);
  expect(change?.hunks[0]?.slice(2, 4)).toEqual([
    { kind: 'removed', text: '  "b": 2', before: 3, after: undefined },
    { kind: 'added', text: '  "b": 3', before: undefined, after: 3 },
  ]);
  expect(compare('same', 'same')?.hunks).toEqual([]);
});

it('bytes stand sixteen in a line, and those that came replaced are not made up', () => {
  expect(dump('aä\uFFFD')).toBe(`000000  61 c3 a4 ??${' '.repeat(37)} a..\uFFFD`);
  expect(dump('x'.repeat(40)).split('\n')).toHaveLength(3);
  expect(dump('x'.repeat(40), 1).split('\n')).toHaveLength(1);
});
