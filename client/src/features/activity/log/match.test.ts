/** Hits in a text are told by splitting it, and a long text is shown around its first hit. */
import { expect, it } from 'vitest';
import { excerpt, matcherOf, pieces } from './match';

const pattern = matcherOf({ text: 'Lo' }).pattern;

it('splits a text at its hits and loses nothing', () => {
  const found = pieces('lo and below, LO', pattern);
  expect(found.filter((piece) => piece.hit).map((piece) => piece.text)).toEqual(['lo', 'lo', 'LO']);
  expect(found.map((piece) => piece.text).join('')).toBe('lo and below, LO');
});

it('tells at most so many hits apart, and still loses nothing', () => {
  const text = 'lo'.repeat(500);
  const found = pieces(text, pattern, 10);
  expect(found).toHaveLength(11);
  expect(found.map((piece) => piece.text).join('')).toBe(text);
});

it('shows the surroundings of a hit that is far inside', () => {
  const text = `${'x'.repeat(200_000)}lo${'x'.repeat(1000)}`;
  expect(excerpt(text, pattern)).toContain('lo');
  expect(excerpt(text, pattern).length).toBeLessThan(500);
  expect(excerpt(text, undefined)).toBe(`${'x'.repeat(400)}…`);
});
