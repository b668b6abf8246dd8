/**
 * Holds the bundle to its limits, from Vite's manifest: what the first screen needs, and what each lazy route adds to it.
 * Prints a table; the exit code is 1 where something is too large.
 */
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const dist = new URL('../dist/', import.meta.url);
const limits = { initialScript: 220, initialStyle: 25, route: 90 }; // kB, gzip

const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));
const kilobytes = (files) =>
  [...files].reduce((sum, file) => sum + gzipSync(readFileSync(new URL(file, dist)), { level: 9 }).length, 0) / 1000;

/** The scripts and styles of these chunks and of all that they import at once. */
function needed(names, seen = new Set()) {
  const found = { scripts: new Set(), styles: new Set() };
  const visit = (name) => {
    if (seen.has(name)) return;
    seen.add(name);
    const chunk = manifest[name];
    if (chunk.file.endsWith('.css')) found.styles.add(chunk.file);
    else if (/\.m?js$/.test(chunk.file)) found.scripts.add(chunk.file);
    for (const style of chunk.css ?? []) found.styles.add(style);
    for (const other of chunk.imports ?? []) visit(other);
  };
  names.forEach(visit);
  return { ...found, seen };
}

const entries = Object.keys(manifest).filter((name) => manifest[name].isEntry);
const initial = needed(entries);
const rows = [
  ['initial scripts', kilobytes(initial.scripts), limits.initialScript],
  ['initial styles', kilobytes(initial.styles), limits.initialStyle],
];
for (const name of Object.keys(manifest).filter((it) => manifest[it].isDynamicEntry)) {
  const own = needed([name], new Set(initial.seen));
  const styles = [...own.styles].filter((style) => !initial.styles.has(style));
  rows.push([name.replace(/^src\//, ''), kilobytes(own.scripts) + kilobytes(styles), limits.route]);
}

let isTooLarge = entries.length === 0;
if (isTooLarge) console.error('dist/.vite/manifest.json names no entry: run `npm run build` first');
console.log('   kB gzip  limit');
for (const [name, size, limit] of rows) {
  const mark = size > limit ? '  too large' : '';
  console.log(`${size.toFixed(1).padStart(10)} ${String(limit).padStart(6)}  ${name}${mark}`);
  isTooLarge ||= size > limit;
}
process.exitCode = isTooLarge ? 1 : 0;
