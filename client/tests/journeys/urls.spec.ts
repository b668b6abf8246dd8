/** Every view is a URL: copied into the bar, loaded anew, or come back to, it shows the same. */
import type { Locator, Page } from '@playwright/test';
import { files } from '../files';
import { test as base, expect, heading, signIn, unique, watched } from '../fixtures';
import type { Mesh } from '../mesh';

interface View {
  title: string;
  url: (ids: Ids) => string;
  /** What only this URL shows. */
  seen: (page: Page, ids: Ids) => Locator;
}

interface Ids {
  name: string;
  entry: string;
  letter: string;
  operation: string;
  user: string;
}

const valued = (page: Page, name: string, value: string) =>
  page.getByRole('main').locator(`input[aria-label="${name}"]:is([value="${value}"])`);

const views: View[] = [
  { title: 'Overview', url: () => '/overview', seen: (page) => page.getByRole('list', { name: 'Services' }) },
  {
    title: 'Activity',
    url: ({ name }) => `/activity?q=${name}&mode=highlight&level=INFO`,
    seen: (page, { name }) => page.getByRole('option', { selected: false }).locator('mark', { hasText: name }).first(),
  },
  {
    title: 'Activity',
    url: ({ name, entry }) => `/activity?name=${name}&context=3&entry=${entry}`,
    seen: (page, { entry }) => page.getByRole('complementary', { name: 'Entry' }).getByText(entry),
  },
  {
    title: 'Activity',
    url: () => '/activity?kind=audit',
    seen: (page) => page.locator('label[data-active]').filter({ hasText: 'Audit' }),
  },
  {
    title: 'Dead letters',
    url: ({ name }) => `/dead-letters?text=${name}&view=letters&state=any`,
    seen: (page) => page.getByRole('grid', { name: 'Letters' }).getByRole('row').nth(2),
  },
  {
    title: 'Dead letter',
    url: ({ letter }) => `/dead-letters/${letter}?edit=true`,
    seen: (page) => page.getByRole('textbox', { name: 'New body' }),
  },
  {
    title: 'Discard of 1 letter',
    url: ({ operation }) => `/operations/${operation}`,
    seen: (page, { operation }) => page.getByText(operation),
  },
  {
    title: 'Queues',
    url: () => '/queues?q=store-logs&kind=work&name=v1.listener.store-logs',
    seen: (page) => page.getByRole('dialog', { name: /v1\.listener\.store-logs/ }),
  },
  { title: 'Try it', url: () => '/try', seen: (page) => page.getByRole('region', { name: 'Sent' }) },
  {
    title: 'API',
    url: () => '/reference?q=POST+%2Fv1%2Flogs',
    seen: (page) => page.getByRole('link', { name: 'POST /v1/logs', exact: true }),
  },
  { title: 'Users', url: () => '/users?q=admin%40', seen: (page) => valued(page, 'Find by name or e-mail', 'admin@') },
  {
    title: 'Ada Lovelace',
    url: ({ user, name }) => `/users/${user}?q=${name}`,
    seen: (page, { user }) => page.getByText(user),
  },
  { title: 'Me', url: () => '/me', seen: (page) => page.getByRole('region', { name: 'API keys' }) },
  {
    title: 'Settings',
    url: () => '/settings',
    seen: (page) => page.getByRole('radiogroup').first(),
  },
];

/** What they lead to, and one signed-in page for all of them: each view is loaded anew all the same. */
const test = base.extend<object, { known: { ids: Ids; page: Page; surprises: () => string[] } }>({
  known: [
    async ({ browser, mesh }, use) => {
      const context = await browser.newContext({ baseURL: mesh.url, locale: 'en-US' });
      const surprises = watched(context);
      await files(context);
      const page = await context.newPage();
      await signIn(page, mesh);
      await use({ ids: await prepare(mesh), page, surprises });
      await context.close();
    },
    { scope: 'worker', timeout: 60_000 },
  ],
});

for (const { title, url, seen } of views) {
  test(`${url(blank())} is restored by a copy, a reload and the way back`, async ({ known, mesh }) => {
    const { ids, page, surprises } = known;
    const address = url(ids);
    const shown = async () => {
      await expect(page.getByRole('heading', { level: 1, name: title, includeHidden: true })).toBeVisible();
      await expect(seen(page, ids)).toBeVisible();
      expect(normal(page.url())).toBe(normal(mesh.url + address));
    };
    await page.goto(address);
    await shown();
    await page.reload();
    await shown();
    await page.evaluate(() =>
      document.querySelector<HTMLElement>(`nav a[href="${location.pathname === '/me' ? '/try' : '/me'}"]`)?.click(),
    );
    await expect(heading(page, title === 'Me' ? 'Try it' : 'Me')).toBeVisible();
    await page.goBack();
    await shown();
    expect(surprises(), 'errors that the page told of').toEqual([]);
  });
}

function blank(): Ids {
  return { name: 'NAME', entry: 'ENTRY', letter: 'LETTER', operation: 'OPERATION', user: 'USER' };
}

/** Without regard to the order of the words, and to how they are escaped. */
function normal(url: string): string {
  const { pathname, searchParams } = new URL(url);
  return [
    pathname,
    ...[...searchParams].map(([name, value]) => `${name}=${value.replace(/^"(.*)"$/, '$1')}`).sort(),
  ].join(' ');
}

async function prepare(mesh: Mesh): Promise<Ids> {
  const name = unique('seen');
  const token = await mesh.token();
  await mesh.log(name, 'to be found');
  const { entries } = await mesh.call<{ entries: { id: string }[] }>('GET', `/v1/logs?name=${name}`, undefined, token);
  await mesh.deadLetter(name);
  await mesh.deadLetter(name);
  const letters = async () => {
    const path = `/v1/admin/dead-letters?text=${name}`;
    const found = await mesh.call<{ letters: { id: string }[] }>('GET', path, undefined, token);
    return found.letters.map(({ id }) => id);
  };
  await expect.poll(letters).toHaveLength(2);
  const [letter = '', other = ''] = await letters();
  const discard = { kind: 'discard', ids: [other] };
  const { id: operation } = await mesh.call<{ id: string }>('POST', '/v1/admin/operations', discard, token);
  const account = await mesh.register(`${name}@example.com`);
  const { id: user } = await mesh.call<{ id: string }>('GET', '/v1/me', undefined, await mesh.token(account));
  return { name, entry: entries[0]?.id ?? '', letter, operation, user };
}
