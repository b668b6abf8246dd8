/** Compiles the theme to `variables.css` (after a change: `npx vitest run src/app/theme.test.ts -u`), and counts contrast. */
import {
  convertCssVariables,
  DEFAULT_THEME,
  deepMerge,
  defaultCssVariablesResolver,
  luminance,
  mergeMantineTheme,
} from '@mantine/core';
import { expect, test } from 'vitest';
import { contrast, theme, variables } from './theme';

type Variables = Record<string, string>;

const merged = mergeMantineTheme(DEFAULT_THEME, theme);
const all = deepMerge(defaultCssVariablesResolver(merged), variables(merged));

/** What nothing in the panel reads. */
const unused = /--mantine-(color-(pink|lime|grape|cyan)|breakpoint|primary-color-[0-9])/;

function used(all: Variables): Variables {
  return Object.fromEntries(Object.entries(all).filter(([name]) => !unused.test(name)));
}

test('the style sheet holds what the theme says', async () => {
  const css = convertCssVariables({
    variables: used(all.variables),
    light: used(all.light),
    dark: used(all.dark),
  }).replace(/([;{}])\s*/g, '$1\n');
  await expect(`/* Compiled from theme.ts by theme.test.ts. */\n${css}`).toMatchFileSnapshot('./variables.css');
});

const colors = ['gray', 'red', 'orange', 'yellow', 'green', 'teal', 'blue', 'indigo', 'violet'] as const;

test.each(colors)('a light badge in %s can be read', (color) => {
  const ink = all.light[`--mantine-color-${color}-light-color`] ?? '';
  expect(contrast(ink, merged.colors[color][0])).toBeGreaterThan(4.5);
  expect(contrast(ink, merged.colors[color][1])).toBeGreaterThan(4.5);
  const pale = all.dark[`--mantine-color-${color}-light-color`] ?? '';
  expect(contrast(pale, all.dark[`--mantine-color-${color}-light`] ?? '')).toBeGreaterThan(4.5);
  expect(contrast(pale, all.dark[`--mantine-color-${color}-light-hover`] ?? '')).toBeGreaterThan(4.5);
});

test.each(colors)('text in %s can be read on every ground of the panel', (color) => {
  const ink = all.light[`--mantine-color-${color}-text`] ?? '';
  for (const ground of ['#fff', '#f7f8f9', '#f1f3f5']) expect(contrast(ink, ground)).toBeGreaterThan(4.5);
  for (const ground of ['#17191d', '#1f2227', '#131518'])
    expect(contrast(merged.colors[color][4], ground)).toBeGreaterThan(4.5);
});

test.each(colors)('a filled button in %s can be read', (color) => {
  for (const shade of [7, 8] as const) {
    const ground = merged.colors[color][shade];
    const ink = luminance(ground) > merged.luminanceThreshold ? merged.black : merged.white;
    expect(contrast(ink, ground)).toBeGreaterThan(4.5);
  }
});

test('dimmed text can be read on every ground of the panel', () => {
  for (const ground of ['#fff', '#f7f8f9', '#f1f3f5', '#edf0ff'])
    expect(contrast(all.light['--mantine-color-dimmed'] ?? '', ground)).toBeGreaterThan(4.5);
  for (const ground of ['#17191d', '#1f2227', '#22252b', '#22294a'])
    expect(contrast(merged.colors.dark[2], ground)).toBeGreaterThan(4.5);
});
