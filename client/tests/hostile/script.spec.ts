/** Script in every text that the API takes: stored for real, shown on every screen as text, and run by none. */
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { admin, type Mesh } from '../mesh';
import { expect, test } from './fixtures';

const evil = [
  `<img src=x onerror="window.ran=1">`,
  `<script>window.ran=1</script>`,
  `"><svg onload="window.ran=1">`,
  `javascript:window.ran=1`,
];

async function store(mesh: Mesh): Promise<{ user: string }> {
  const token = await mesh.token();
  const all = evil.join(' ');
  for (const text of evil) {
    await mesh.call('POST', '/v1/logs', { name: text, level: 'ERROR', data: text });
    await mesh.call('POST', '/v1/events/logs', { name: text, level: 'INFO', data: JSON.stringify({ [text]: text }) });
    // Dies of its level, and so is a dead letter with this text in its body.
    await mesh.call('POST', '/v1/events/logs', { name: text, level: 7, data: text });
    await mesh.call('POST', '/v1/me/api-keys', { name: text, scopes: [] }, token).catch(() => undefined);
  }
  // The longest that a name may be is less than all of it.
  await mesh.call('PATCH', '/v1/me', { first_name: evil[0], last_name: evil[1] }, token);
  const address = { name: evil[0], street: evil[2], postal_code: '12345', city: evil[3], country: 'DE' };
  await mesh.call('POST', '/v1/me/addresses', address, token);
  const person = {
    email: 'script@example.com',
    password: 'long enough to be one',
    first_name: evil[2],
    last_name: evil[0],
  };
  await mesh.call('POST', '/v1/users', person);
  await mesh.call('POST', '/v1/logs', {
    name: 'formula',
    level: 'INFO',
    data: `=HYPERLINK("javascript:window.ran=1","${all.length}")`,
  });
  const { users } = await mesh.call<{ users: { id: string; email: string }[] }>(
    'GET',
    '/v1/users?search=script',
    undefined,
    token,
  );
  return { user: users.find(({ email }) => email === person.email)?.id ?? '' };
}

/** Whatever runs, or would if the policy let it, leaves a trace here. */
async function watch(page: Page): Promise<string[]> {
  const traces: string[] = [];
  page.on('dialog', (dialog) => {
    traces.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  await page.exposeFunction('traced', (what: string) => void traces.push(what));
  await page.addInitScript(() => {
    const told = (what: string) => (window as unknown as { traced: (what: string) => void }).traced(what);
    document.addEventListener('securitypolicyviolation', (event) =>
      told(`policy: ${event.violatedDirective} ${event.blockedURI}`),
    );
    Object.defineProperty(window, 'ran', { set: () => told('a script ran') });
  });
  return traces;
}

/** Elements and attributes that only a stored text can have made. */
const made = (page: Page) =>
  page.evaluate(() =>
    [
      ...document.querySelectorAll(
        'img[onerror], img[src="x"], svg[onload], [onerror], [onload], body script, [href^="javascript:" i]',
      ),
    ]
      .filter((each) => !(each instanceof HTMLScriptElement && each.src))
      .map((each) => each.outerHTML),
  );

test('script in every text is shown as text and never runs', async ({ signedIn: page, mesh }) => {
  test.setTimeout(240_000);
  const { user } = await store(mesh);
  expect(user).not.toBe('');
  const traces = await watch(page);
  const check = async (where: string) => {
    expect(await made(page), where).toEqual([]);
    expect(traces, where).toEqual([]);
  };
  const shows = async (path: string, text: string) => {
    await page.goto(path);
    await expect(page.getByRole('main').getByText(text).first(), path).toBeVisible();
    await check(path);
  };
  for (const text of evil) await shows(`/activity?${new URLSearchParams({ q: text })}`, text);
  await page.getByRole('option').first().click();
  await expect(page.getByRole('complementary')).toContainText(evil[3] ?? '');
  await check('an open entry');
  await shows(`/activity?mode=highlight&q=script`, 'script');
  await shows('/me', evil[3] ?? '');
  await shows('/users', evil[2] ?? '');
  await shows(`/users/${user}`, evil[2] ?? '');

  const token = await mesh.token(admin);
  const letters = async () =>
    await mesh.call<{ dead_letters?: { id: string }[]; letters?: { id: string }[] }>(
      'GET',
      '/v1/admin/dead-letters',
      undefined,
      token,
    );
  await expect.poll(async () => JSON.stringify(await letters())).toContain('"id"');
  const found = await letters();
  const id = (found.dead_letters ?? found.letters ?? [])[0]?.id ?? '';
  expect(id).not.toBe('');
  await page.goto(`/dead-letters/${id}`);
  await expect(page.getByRole('main')).toContainText(/onerror|window\.ran/);
  await check('a dead letter');
  for (const path of [
    '/overview',
    '/dead-letters',
    '/operations',
    '/queues',
    '/try',
    '/reference',
    '/settings',
    '/activity?kind=audit',
  ]) {
    await page.goto(path);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page.getByRole('main').getByText('Loading', { exact: true })).toHaveCount(0);
    await check(path);
  }
  // Addresses of the panel that anyone can write.
  for (const path of [
    `/sign-in?to=javascript:window.ran=1`,
    `/activity?entry=${encodeURIComponent(evil[0] ?? '')}`,
    `/${encodeURIComponent(evil[1] ?? '')}`,
  ]) {
    await page.goto(path);
    await expect(page.locator('#root')).not.toBeEmpty();
    await check(path);
  }
});

test('an exported CSV has script as text and formulas disarmed', async ({ signedIn: page, mesh }) => {
  await mesh.log('formula-test', '=HYPERLINK("http://example.com")');
  await mesh.log('formula-test', evil[0] ?? '');
  await page.goto('/activity?name=formula-test');
  await expect(page.getByRole('option')).toHaveCount(2);
  await page.getByRole('button', { name: 'Export' }).click();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: /CSV/ }).click(),
  ]);
  const lines = (await readFile(await file.path(), 'utf8')).trim().split('\r\n');
  expect(lines).toHaveLength(3);
  expect(lines[1]).toContain(`"'=HYPERLINK(""http://example.com"")"`);
  expect(lines[2]).toContain(`"<img src=x onerror=""window.ran=1"">"`);
});
