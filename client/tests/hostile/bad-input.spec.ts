/** A server that answers nonsense, refuses, is slow or silent: each screen says so, and goes on when it is well again. */
import type { Page } from '@playwright/test';
import { away, heading, unique } from '../fixtures';
import { expect, test } from './fixtures';
import type { Front } from './front';

test.use({ expected: ({}, use) => use([away, /status of 500/]) });

const screens = [
  { path: '/overview', title: 'Overview', asks: '/v1/admin/mesh' },
  { path: '/activity', title: 'Activity', asks: '/v1/logs' },
  { path: '/dead-letters', title: 'Dead letters', asks: '/v1/admin/dead-letters/groups' },
  { path: '/operations', title: 'Operations', asks: '/v1/admin/operations' },
  { path: '/queues', title: 'Queues', asks: '/v1/admin/queues' },
  { path: '/users', title: 'Users', asks: '/v1/users' },
  { path: '/me', title: 'Me', asks: '/v1/me/addresses' },
  { path: '/reference', title: 'API', asks: '/openapi.json' },
];

interface Answer {
  status?: number;
  kind?: string;
  body: string;
}

const answers: Record<string, Answer> = {
  'a page of HTML': { kind: 'text/html', body: '<!doctype html><title>proxy</title><h1>It works!</h1>' },
  'JSON that is cut off': { body: '{"entries":[{"id":"1","na' },
  'nothing, with 200': { body: '' },
  'a list where an object was agreed': { body: '[1,null,"x"]' },
  null: { body: 'null' },
  'an object of something else': { body: '{}' },
  'an error without a body': { status: 500, body: '' },
  'a refusal': { status: 403, body: '{"title":"Forbidden","status":403,"detail":"not for you","trace_id":"abc123"}' },
};

function answer(front: Front, path: string, { status = 200, kind = 'application/json', body }: Answer): void {
  front.answers.set(path, (outgoing) => outgoing.writeHead(status, { 'content-type': kind }).end(body));
}

const asked = (path: string) => (url: URL) => url.pathname === path;
const alert = (page: Page) => page.getByRole('main').getByRole('alert').first();

for (const screen of screens) {
  test(`${screen.path} says what is wrong with nonsense, and tries again`, async ({ signedIn: page, front }) => {
    test.setTimeout(240_000);
    // So that the screen has only what it asks for.
    answer(front, '/v1/live', { kind: 'text/html', body: 'no stream' });
    for (const [name, nonsense] of Object.entries(answers)) {
      answer(front, screen.asks, nonsense);
      await page.goto(screen.path);
      // The screen itself says so, and not one that took its place because it broke.
      await expect(heading(page, screen.title), name).toBeVisible();
      await expect(alert(page), name).toBeVisible();
      front.answers.delete(screen.asks);
      const retry = page.getByRole('button', { name: 'Try again' });
      // Figures are asked for again by themselves: then the button may go before it is pressed.
      if (await retry.count())
        await retry
          .first()
          .click({ timeout: 2_000 })
          .catch(() => undefined);
      await expect(alert(page), `after ${name}`).toHaveCount(0);
    }
  });
}

test('429 is heeded: a countdown, then the answer', async ({ signedIn: page, mesh }) => {
  const name = unique('limited');
  await mesh.log(name, 'behind the limit');
  let calls = 0;
  await page.route(asked('/v1/logs'), (route) => {
    calls++;
    if (calls > 1) return route.continue();
    const json = { title: 'Too many requests', status: 429, detail: 'slow down' };
    return route.fulfill({ status: 429, headers: { 'retry-after': '4' }, json });
  });
  await page.goto(`/activity?name=${name}`);
  const waiting = page.getByRole('button', { name: /^Try again in \d sec/ });
  await expect(waiting).toBeDisabled();
  expect(calls).toBe(1);
  await page.getByRole('button', { name: 'Try again', exact: true }).click();
  await expect(page.getByText('behind the limit')).toBeVisible();
  expect(calls).toBe(2);
});

test('an answer that never ends is given up, and asked for again', async ({ signedIn: page, mesh }) => {
  const name = unique('endless');
  await mesh.log(name, 'at last');
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.clock.install();
  await page.route(asked('/v1/logs'), async (route) => {
    await held;
    await route.abort();
  });
  const request = page.waitForRequest((request) => asked('/v1/logs')(new URL(request.url())));
  await page.goto(`/activity?name=${name}`);
  await request;
  await page.clock.fastForward(11_000);
  await expect(alert(page)).toBeVisible();
  release();
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByText('at last')).toBeVisible();
});

test('a token that is refused in the middle is renewed, and nobody notices', async ({ signedIn: page, mesh }) => {
  const name = unique('refused');
  await mesh.log(name, 'still here');
  let refused = 0;
  await page.route(asked('/v1/logs'), (route) => {
    if (refused++ > 0) return route.continue();
    return route.fulfill({ status: 401, json: { title: 'Unauthorized', status: 401 } });
  });
  await page.goto(`/activity?name=${name}`);
  await expect(page.getByText('still here')).toBeVisible();
  await expect(page.getByRole('dialog')).toHaveCount(0);
});

test('a stream that is refused in the middle is opened again with a new token', async ({ signedIn: page, mesh }) => {
  const name = unique('stream');
  const tokens = new Set<string>();
  await page.route(asked('/v1/live'), (route) => {
    tokens.add(route.request().headers().authorization ?? '');
    if (tokens.size > 1) return route.continue();
    const hello = 'event: hello\ndata: {"session":"s","topics":["logs"],"ping_ms":10000}\n\n';
    const bye = 'event: bye\ndata: {"reason":"expired","reconnect_ms":0}\n\n';
    return route.fulfill({ contentType: 'text/event-stream', body: hello + bye });
  });
  await page.goto(`/activity?name=${name}`);
  await expect.poll(() => tokens.size).toBe(2);
  await expect(page.getByText('Following', { exact: true })).toBeVisible();
  await mesh.log(name, 'by the second stream');
  await expect(page.getByText('by the second stream')).toBeVisible();
});

test('a field of 200 KB is opened in part, then all of it, and the page answers at once', async ({
  signedIn: page,
  mesh,
}) => {
  const name = unique('long');
  const data = `begin ${'0123456789 '.repeat(18_600)} end`;
  await mesh.log(name, data);
  await page.goto(`/activity?name=${name}`);
  await page.getByRole('option').first().click();
  const pre = page.getByRole('complementary').locator('pre');
  await expect(pre).toBeVisible();
  expect((await pre.innerText()).length).toBeLessThan(10_000);
  await page.getByRole('button', { name: /^Show all/ }).click();
  await expect.poll(async () => (await pre.textContent())?.length).toBe(data.length);
  const longest = await page.evaluate(async () => {
    let worst = 0;
    let last = performance.now();
    for (let frame = 0; frame < 30; frame++) {
      await new Promise((next) => requestAnimationFrame(next));
      worst = Math.max(worst, performance.now() - last);
      last = performance.now();
      document.querySelector('pre')?.scrollBy(0, 400);
    }
    return worst;
  });
  console.log(`200 KB in sight: the longest of 30 frames took ${Math.round(longest)} ms`);
  await page.keyboard.press('Escape');
  await expect(pre).toHaveCount(0);
});

for (const hours of [1, -1]) {
  test(`a clock that is ${hours} h wrong keeps the session, and ages are right`, async ({ signedIn: page, mesh }) => {
    const name = unique('clock');
    await mesh.log(name, 'just now');
    await page.clock.install({ time: Date.now() + hours * 3_600_000 });
    await page.goto(`/activity?name=${name}`);
    await page.getByRole('option').first().click();
    await expect(page.getByRole('complementary').locator('dd time')).toHaveText(/now|sec\. ago|in \d sec|min\. ago/);
    await page.goto('/me');
    await expect(page.getByRole('main').getByText(/(hr\.|hour)/)).toHaveCount(0);
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await expect(page).toHaveURL(/\/me$/);
  });
}
