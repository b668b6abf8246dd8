/** No word is missing: every key is there in every language, and every key that the code asks for is there at all. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import i18next from 'i18next';
import { afterEach, expect, test } from 'vitest';
import { prefer } from '@/app/preferences';
import { allWords, detect, languages, startTranslations } from './i18n';

const words = await allWords();
const plural = /_(zero|one|two|few|many|other)$/;

/** `a.b` for each word; the forms of a plural count as one. */
function keysOf(content: unknown, path = ''): string[] {
  if (typeof content !== 'object' || content === null) return [path.replace(plural, '')];
  return Object.entries(content).flatMap(([name, inner]) => keysOf(inner, path ? `${path}.${name}` : name));
}

function textsOf(content: unknown, path = ''): [string, string][] {
  if (typeof content === 'string') return [[path.replace(plural, ''), content]];
  return Object.entries(content as object).flatMap(([name, inner]) => textsOf(inner, path ? `${path}.${name}` : name));
}

const namespaces = [...new Set(languages.flatMap((language) => Object.keys(words[language])))];

test.each(namespaces)('%s has the same words in every language', (namespace) => {
  const [first, ...others] = languages.map((language) => [...new Set(keysOf(words[language][namespace]))].sort());
  for (const other of others) expect(other).toEqual(first);
});

/** By key, the values that its words take; those of the forms of a plural together, as "1 letter" needs none. */
function holesOf(content: unknown): Record<string, string[]> {
  const holes: Record<string, string[]> = {};
  for (const [key, text] of textsOf(content)) {
    const names = [...text.matchAll(/\{\{\s*(\w+)/g)].map(([, name = '']) => name);
    holes[key] = [...new Set([...(holes[key] ?? []), ...names])].sort();
  }
  return holes;
}

test.each(namespaces)('%s puts the same values into its words in every language', (namespace) => {
  expect(holesOf(words.de[namespace])).toEqual(holesOf(words.en[namespace]));
});

interface Source {
  path: string;
  text: string;
}

function sources(folder: string): Source[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}

/** The keys that a file asks for, as `namespace:key`, where they stand in it as a literal. */
function asked({ text }: Source): string[] {
  const own = /useTranslation\(\s*\[?\s*'([\w-]+)'/.exec(text)?.[1] ?? 'shell';
  const calls = [...text.matchAll(/\b(?:t|i18next\.t|i18n\.t)\(\s*'([^']+)'/g), ...text.matchAll(/i18nKey="([^"]+)"/g)];
  // The words of a choice inside of the call: t(busy ? 'stop' : 'start').
  const choices = [...text.matchAll(/\bt\(\s*[^()'`]+\?\s*'([^']+)'\s*:\s*'([^']+)'/g)];
  const keys = [...calls.map(([, key = '']) => key), ...choices.flatMap(([, one = '', other = '']) => [one, other])];
  return keys.map((key) => (key.includes(':') ? key : `${own}:${key}`));
}

function known(key: string): boolean {
  const [namespace = '', path = ''] = key.split(':');
  return keysOf(words.en[namespace]).some((each) => each === path || each.startsWith(`${path}.`));
}

test('every key that the code asks for has a word', () => {
  const found = sources('src');
  const all = found.flatMap((source) => asked(source).map((key) => ({ key, path: source.path })));
  expect(all.length).toBeGreaterThan(50);
  expect(all.filter(({ key }) => !known(key))).toEqual([]);
});

test('every screen of the navigation has a name', () => {
  for (const language of languages)
    for (const namespace of namespaces.filter((each) => each !== 'shell'))
      expect({ namespace, title: words[language][namespace]?.title }).toEqual({ namespace, title: expect.any(String) });
});

test.each([
  [['de-AT', 'en'], 'de'],
  [['fr', 'de'], 'de'],
  [['fr'], 'en'],
  [[], 'en'],
] as const)('a browser that asks for %j gets %s', (wanted, language) => {
  expect(detect(wanted)).toBe(language);
});

afterEach(async () => {
  prefer({ language: undefined });
  await startTranslations();
});

test('the chosen language is spoken, and the page says which it is', async () => {
  prefer({ language: 'de' });
  await startTranslations();
  expect(i18next.t('cancel')).toBe('Abbrechen');
  expect(document.documentElement.lang).toBe('de');
});
