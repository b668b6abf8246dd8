/** A real `switchboard up` with the panel inside, of a test worker's own: in an empty folder, on ports that the system
 *  gives. It can be killed and started again where it was. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

/** Seeded where everything is bound to loopback. */
export const admin = { email: 'admin@example.com', password: 'password123' };

const services = ['broker', 'listener', 'logger', 'authenticator', 'math', 'operations'] as const;

/** How long a start may take on a machine that is busy. */
const PATIENCE = 150_000;

export function program(): string {
  const named = process.env.SWITCHBOARD_BIN;
  if (named) return resolve(named);
  const built = resolve(import.meta.dirname, '../..', process.env.CARGO_TARGET_DIR ?? 'target', 'debug/switchboard');
  if (existsSync(built)) return built;
  throw new Error(
    `there is no ${built}: build it with \`make panel && cargo build\`, or name one with SWITCHBOARD_BIN`,
  );
}

export interface Entry {
  id: string;
  name: string;
  data: string;
}

export class Mesh {
  /** The broker's URL, which is the panel's. */
  url = '';
  private child: ChildProcess | undefined;
  private said: string[] = [];
  /** As the first start got them. */
  private addresses: Record<string, string> = {};

  private constructor(
    private readonly folder: string,
    private readonly variables: Record<string, string>,
  ) {}

  static async start(variables: Record<string, string> = {}): Promise<Mesh> {
    const mesh = new Mesh(await mkdtemp(join(tmpdir(), 'switchboard-')), variables);
    await mesh.begin();
    return mesh;
  }

  private async begin(): Promise<void> {
    const anywhere = Object.fromEntries(services.map((name) => [`${name.toUpperCase()}_ADDR`, '127.0.0.1:0']));
    // Not the variables of this process: they may name engines that belong to somebody.
    const env = { PATH: process.env.PATH, HOME: this.folder, AUTHENTICATOR_BCRYPT_COST: '4', SWITCHBOARD_LOG: 'warn' };
    const child = spawn(program(), ['up'], {
      cwd: this.folder,
      env: { ...env, SWITCHBOARD_DATA: join(this.folder, 'data'), ...anywhere, ...this.addresses, ...this.variables },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.child = child;
    const keep = (line: string) => {
      this.said.push(line);
      this.said.splice(0, this.said.length - 200);
    };
    createInterface({ input: child.stderr }).on('line', keep);
    const late = new Error(`the mesh was not ready within ${PATIENCE} ms`);
    await new Promise<void>((ready, failed) => {
      const timer = setTimeout(() => failed(late), PATIENCE);
      child.once('error', failed);
      child.once('exit', (code) => failed(new Error(`the mesh ended with ${code}`)));
      createInterface({ input: child.stdout }).on('line', (line) => {
        keep(line);
        const row = /^(\w+) +\w+:\/\/(127\.0\.0\.1:\d+) /.exec(line);
        if (row?.[1] && row[2]) this.addresses[`${row[1].toUpperCase()}_ADDR`] = row[2];
        if (!line.startsWith('ready in')) return;
        clearTimeout(timer);
        ready();
      });
    }).catch(async (error: Error) => {
      await this.stop();
      throw new Error(`${error.message}\n${this.said.join('\n')}`);
    });
    this.url = `http://${this.addresses.BROKER_ADDR}`;
  }

  /** Without a word to anybody. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** On the same ports and the same data. */
  async again(): Promise<void> {
    await this.begin();
  }

  async stop(): Promise<void> {
    await this.end('SIGTERM');
    await rm(this.folder, { recursive: true, force: true });
  }

  private async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  /** A call from outside of the browser; throws what is no success. */
  async call<T>(method: string, path: string, body?: unknown, token?: string): Promise<T> {
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (token) headers.authorization = `Bearer ${token}`;
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    const response = await fetch(this.url + path, { method, headers, ...content });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  /** A token of an account, by a session of its own, which no browser has. */
  async token({ email, password } = admin): Promise<string> {
    const made = await this.call<{ access_token: string }>('POST', '/v1/sessions', { email, password });
    return made.access_token;
  }

  /** An entry by the API, over gRPC: stored when this is done. */
  async log(name: string, data: string, level = 'INFO'): Promise<void> {
    await this.call('POST', '/v1/logs', { name, level, data });
  }

  /** The logger knows four levels, and the door takes any number: what is sent here dies. */
  async deadLetter(name: string): Promise<void> {
    await this.call('POST', '/v1/events/logs', { name, level: 7, data: 'no such level' });
  }

  async register(email: string): Promise<{ email: string; password: string }> {
    const password = 'long enough to be one';
    await this.call('POST', '/v1/users', { email, password, first_name: 'Ada', last_name: 'Lovelace' });
    return { email, password };
  }
}
