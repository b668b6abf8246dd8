/** The live log over connections that break: nothing is lost and nothing shown twice, or a gap says so. */
import type { Page } from '@playwright/test';
import { away, unique } from '../fixtures';
import { expect, test } from './fixtures';

test.use({ expected: ({}, use) => use([away, /net::ERR_/]) });

const following = (page: Page) => page.getByText('Following', { exact: true });
const total = async (page: Page) =>
  Number(
    (
      await page
        .locator('header')
        .getByText(/shown \//)
        .innerText()
    ).match(/^\d+/)?.[0],
  );

/** What is in the list, by scrolling through all of it. */
async function listed(page: Page): Promise<string[]> {
  return page.getByRole('listbox').evaluate(async (box) => {
    const found = new Map<string, string>();
    const frame = () => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    for (let top = 0; top <= box.scrollHeight; top += box.clientHeight / 2) {
      box.scrollTop = top;
      await frame();
      for (const row of box.querySelectorAll('[role=option]')) found.set(row.id, row.textContent ?? '');
    }
    return [...found.values()];
  });
}

test('twenty forced drops while entries are written lose none and show none twice', async ({
  signedIn: page,
  mesh,
  front,
}) => {
  test.setTimeout(240_000);
  const name = unique('drops');
  await page.goto(`/activity?name=${name}`);
  await expect(following(page)).toBeVisible();
  // On a machine that is busy the logger may be too late to say yes; such an entry may be there or not.
  const stored: number[] = [];
  let number = 0;
  const write = async () => {
    const entry = ++number;
    const isStored = await mesh.log(name, `entry ${entry} of them`).then(
      () => true,
      () => false,
    );
    if (isStored) stored.push(entry);
  };
  for (let drop = 1; drop <= 20; drop++) {
    for (let each = 0; each < 5; each++) await write();
    expect(front.cut(), 'connections that were cut').toBeGreaterThan(0);
    // These come while nobody is connected.
    for (let each = 0; each < 5; each++) await write();
    await expect(following(page)).toBeVisible();
  }
  expect(stored.length).toBeGreaterThan(150);
  await expect.poll(() => total(page)).toBeGreaterThanOrEqual(stored.length);
  const seen = (await listed(page)).flatMap((row) => /entry (\d+) of them/.exec(row)?.[1] ?? []).map(Number);
  expect(new Set(seen).size, 'none twice').toBe(seen.length);
  expect(
    stored.filter((entry) => !seen.includes(entry)),
    'lost',
  ).toEqual([]);
  await expect(page.getByText(/left out here/)).toHaveCount(0);
});

test('a broker that is away for five seconds is said aloud, and what was written meanwhile is there', async ({
  signedIn: page,
  mesh,
  front,
}) => {
  const name = unique('away');
  await page.goto(`/activity?name=${name}`);
  await expect(following(page)).toBeVisible();
  await mesh.log(name, 'before');
  await expect(page.getByText('before')).toBeVisible();
  await front.shut();
  const reopened = new Promise((resolve) => setTimeout(resolve, 5_000)).then(() => front.reopen());
  await mesh.log(name, 'meanwhile');
  await expect(page.getByText(/^No live connection since/)).toBeVisible();
  await expect(page.getByText('before')).toBeVisible();
  await reopened;
  await expect(page.getByText('meanwhile')).toBeVisible();
  await expect(following(page)).toBeVisible();
  await expect(page.getByText(/^No live connection since/)).toHaveCount(0);
});

test('a gap is a line in the log that says how many are missing', async ({ signedIn: page, mesh }) => {
  const hello = `event: hello\ndata: {"session":"s","topics":["logs"],"ping_ms":10000}\n\n`;
  const gap = `id: logs=x\nevent: gap\ndata: {"topic":"logs","missed":412}\n\n`;
  await mesh.log(unique('gap'), 'before the gap');
  await page.route('**/v1/live?*', (route) => route.fulfill({ contentType: 'text/event-stream', body: hello + gap }));
  await page.goto('/activity');
  await expect(page.getByText('412 entries were left out here').first()).toBeVisible();
});

test('a hidden tab goes on with its log, and has all of it when it is looked at again', async ({
  signedIn: page,
  mesh,
}) => {
  const name = unique('hidden');
  await page.goto(`/activity?name=${name}`);
  await expect(following(page)).toBeVisible();
  const turn = (state: string) =>
    page.evaluate((state) => {
      Object.defineProperty(document, 'visibilityState', { configurable: true, get: () => state });
      document.dispatchEvent(new Event('visibilitychange'));
    }, state);
  await turn('hidden');
  for (let each = 1; each <= 30; each++) await mesh.log(name, `unseen ${each}`);
  await turn('visible');
  await expect.poll(() => total(page)).toBe(30);
});

test('a page that is slow is told all the same, once each', async ({ signedIn: page, mesh }) => {
  test.setTimeout(240_000);
  const name = unique('slow');
  const devtools = await page.context().newCDPSession(page);
  await page.goto(`/activity?name=${name}`);
  await expect(following(page)).toBeVisible();
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 6 });
  for (let each = 1; each <= 60; each++) await mesh.log(name, `throttled ${each} of them`);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 1 });
  await expect.poll(() => total(page)).toBe(60);
  const seen = (await listed(page)).flatMap((row) => /throttled (\d+) of them/.exec(row)?.[1] ?? []);
  expect(new Set(seen).size).toBe(60);
  expect(seen).toHaveLength(60);
});
