/** What every test in a browser has: a mesh for each worker, a page that is signed in, and no error that nobody expects. */
import { type BrowserContext, test as base, expect, type Page } from '@playwright/test';
import { files } from './files';
import { admin, Mesh } from './mesh';

interface Account {
  email: string;
  password: string;
}

interface Fixtures {
  /** Texts of the console that this test makes on purpose. */
  expected: RegExp[];
  /** Signed in as the seeded administrator, on no screen yet. */
  signedIn: Page;
}

export const test = base.extend<Fixtures, { mesh: Mesh }>({
  mesh: [
    async ({}, use) => {
      const mesh = await Mesh.start();
      await use(mesh);
      await mesh.stop();
    },
    { scope: 'worker', timeout: 180_000 },
  ],
  baseURL: async ({ mesh }, use) => use(mesh.url),
  expected: async ({}, use) => use([]),
  context: async ({ context, expected }, use) => {
    const surprises = watched(context);
    await files(context);
    await use(context);
    expect(surprises(expected), 'errors that the page told of').toEqual([]);
  },
  signedIn: async ({ page, mesh }, use) => {
    await signIn(page, mesh);
    await use(page);
  },
});

/** Keeps what a page complains of; answers what is new of it since it was last asked, but for what is expected. */
export function watched(context: BrowserContext): (expected?: RegExp[]) => string[] {
  const errors: string[] = [];
  context.on('weberror', (error) => errors.push(`${error.page()?.url()}: ${error.error().stack}`));
  context.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    errors.push(`${message.location().url}: ${message.text()}`);
  });
  return (expected = []) =>
    errors.splice(0).filter((error) => ![...expected, ...ordinary].some((pattern) => pattern.test(error)));
}

/** Chromium says by itself that an answer was a refusal; the panel is asked to live with those. */
const ordinary = [/Failed to load resource: the server responded with a status of 4\d\d/];

/** What Chromium says where nobody answers. */
export const away = /Failed to load resource: (net::ERR_|the server responded with a status of 50[234])/;

/** As a browser keeps a session from before: by the cookie, without the form. */
export async function signIn(page: Page, mesh: Mesh, account: Account = admin): Promise<void> {
  const answer = await fetch(`${mesh.url}/v1/sessions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: mesh.url },
    body: JSON.stringify({ ...account, browser: true }),
  });
  expect(answer.ok, `signing in answered ${answer.status}`).toBe(true);
  const [pair = ''] = (answer.headers.getSetCookie()[0] ?? '').split(';');
  const [name = '', value = ''] = pair.split('=');
  const path = /path=([^;]+)/i.exec(answer.headers.getSetCookie()[0] ?? '')?.[1] ?? '/';
  const { hostname } = new URL(mesh.url);
  await page.context().addCookies([{ name, value, domain: hostname, path, httpOnly: true, sameSite: 'Strict' }]);
  await page.addInitScript(() => {
    // Once: a test that signs out stays so.
    if (sessionStorage.getItem('test.signed-in')) return;
    sessionStorage.setItem('test.signed-in', 'yes');
    localStorage.setItem('switchboard.session', 'maybe');
  });
}

/** The screen's own name, in its heading. */
export function heading(page: Page, name: string | RegExp) {
  return page.getByRole('heading', { level: 1, name, exact: typeof name === 'string' });
}

/** A name that nothing else has. */
export function unique(word: string): string {
  return `${word}-${crypto.randomUUID().slice(0, 8)}`;
}

export { expect };
