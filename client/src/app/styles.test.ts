/** The page has no inline style, so each Mantine component needs its sheet in `styles.ts`, and some must not be used. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const listed = readFileSync('src/app/styles.ts', 'utf8');

const used = readdirSync('src', { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
  .flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    const imports = readFileSync(path, 'utf8').matchAll(/import \{([^}]+)\} from '@mantine\/core'/g);
    return [...imports].flatMap(([, names = '']) => names.split(',').map((name) => ({ name: name.trim(), path })));
  });

test('each component that is used has its style sheet', () => {
  expect(used.length).toBeGreaterThan(10);
  const missing = used.filter(
    ({ name }) =>
      existsSync(`node_modules/@mantine/core/styles/${name}.css`) && !listed.includes(`/styles/${name}.css'`),
  );
  expect(missing).toEqual([]);
});

test('no component is used that writes styles into the page', () => {
  const writers = ['AppShell', 'Grid', 'SimpleGrid', 'ColorSchemeScript'];
  expect(used.filter(({ name }) => writers.includes(name))).toEqual([]);
});

test('no property is given by the width of the window, which would be a style in the page', () => {
  const paths = new Set(used.map(({ path }) => path));
  const given = [...paths].filter((path) =>
    /=\{\{ (base|xs|sm|md|lg|xl):|(visible|hidden)From=/.test(readFileSync(path, 'utf8')),
  );
  expect(given).toEqual([]);
});
