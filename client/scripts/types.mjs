/** Writes src/api/schema.d.ts from the OpenAPI document of the route table; with --check it only says whether it would
 *  change. SWITCHBOARD_BIN names the program that prints the document; without it the newest build in target/ is taken. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import openapiTS, { astToString } from 'openapi-typescript';

const root = new URL('../..', import.meta.url);
const file = new URL('../src/api/schema.d.ts', import.meta.url);

function program() {
  if (process.env.SWITCHBOARD_BIN) return process.env.SWITCHBOARD_BIN;
  const built = ['release', 'debug']
    .map((profile) => fileURLToPath(new URL(`target/${profile}/switchboard`, root)))
    .filter(existsSync)
    .sort((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs);
  if (built[0]) return built[0];
  console.error('no switchboard to ask for its OpenAPI document: run `cargo build`, or set SWITCHBOARD_BIN');
  process.exit(2);
}

const printed = execFileSync(program(), ['openapi'], {
  cwd: root,
  encoding: 'utf8',
  maxBuffer: 64 << 20,
  // What only a running service knows must not depend on whether one runs here.
  env: { PATH: process.env.PATH, LOGGER_URL: 'grpc://127.0.0.1:1' },
  stdio: ['ignore', 'pipe', 'ignore'],
});
const heading = '/** Made by `npm run types` from the OpenAPI document of the route table. Do not edit. */\n';
const types = heading + astToString(await openapiTS(JSON.parse(printed)));
const before = existsSync(file) ? readFileSync(file, 'utf8') : '';

if (types === before) {
  console.log('src/api/schema.d.ts is as the route table says');
} else if (process.argv.includes('--check')) {
  console.error('src/api/schema.d.ts is not as the route table says: run `npm run types` and commit what it writes');
  process.exit(1);
} else {
  writeFileSync(file, types);
  console.log('wrote src/api/schema.d.ts');
}
