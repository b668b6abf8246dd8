/** The broker is killed under an open page, and comes back on the same ports with the same data. */
import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { away, expect, test, unique } from '../fixtures';
import type { Entry, Mesh } from '../mesh';

const banner = (page: Page) => page.getByText(/^No live connection since/);

test.use({ expected: [away] });

/** All rows that the log shows, in sight or not, as it exports them. */
async function exported(page: Page): Promise<Entry[]> {
  await page.getByRole('button', { name: 'Export' }).click();
  const [file] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('menuitem', { name: 'NDJSON' }).click(),
  ]);
  const text = await readFile(await file.path(), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Entry);
}

/** Posts until it is told to stop, or nobody answers; tells what was accepted. */
function writer(mesh: Mesh, name: string) {
  let goes = true;
  const accepted: string[] = [];
  const done = (async () => {
    for (let number = 0; goes; number += 1) {
      const data = `${accepted.length}-${number}-${crypto.randomUUID()}`;
      try {
        await mesh.log(name, data);
        accepted.push(data);
      } catch {
        goes = false;
      }
    }
  })();
  return {
    accepted,
    stop: async () => {
      goes = false;
      await done;
    },
  };
}

async function killAndGoOn(page: Page, mesh: Mesh, name: string, accepted: string[]): Promise<void> {
  const log = page.getByRole('listbox', { name: 'Log entries, newest last' });
  const first = writer(mesh, name);
  await expect.poll(() => first.accepted.length).toBeGreaterThan(5);
  await mesh.kill();
  await first.stop();
  accepted.push(...first.accepted);
  await expect(banner(page)).toBeVisible();
  await expect(log.getByRole('option').last()).toBeVisible();

  await mesh.again();
  const second = writer(mesh, name);
  await expect.poll(() => second.accepted.length).toBeGreaterThan(5);
  await expect(banner(page)).toBeHidden();
  await second.stop();
  accepted.push(...second.accepted);
  await expect(log.getByText(accepted.at(-1) ?? '')).toBeVisible();
}

async function nothingLostNorTwice(page: Page, accepted: string[]): Promise<void> {
  await expect(async () => {
    const shown = (await exported(page)).map(({ data }) => data);
    expect(
      shown.filter((data, at) => shown.indexOf(data) !== at),
      'shown twice',
    ).toEqual([]);
    expect(
      accepted.filter((data) => !shown.includes(data)),
      'lost',
    ).toEqual([]);
  }).toPass();
}

test('a killed broker is told of, what was there stays, and no entry is lost or twice', async ({
  signedIn: page,
  mesh,
}) => {
  const name = unique('restart');
  const accepted: string[] = [];
  await page.goto(`/activity?name=${name}`);
  await expect(page.getByText('Following')).toBeVisible();
  await killAndGoOn(page, mesh, name, accepted);
  await nothingLostNorTwice(page, accepted);
});

test('figures stay readable with their age, and go on by themselves', async ({ signedIn: page, mesh }) => {
  await page.goto('/overview');
  const services = page.getByRole('list', { name: 'Services' });
  await expect(services.getByRole('listitem')).toHaveCount(6);
  await mesh.kill();
  await expect(banner(page)).toBeVisible();
  await expect(page.getByText(/Not live, as of/)).toBeVisible();
  await expect(services.getByRole('listitem')).toHaveCount(6);
  await mesh.again();
  await expect(banner(page)).toBeHidden();
  await expect(page.getByText(/Not live, as of/)).toBeHidden();
  await expect(services).toContainText('1 of 1 ready');
});

test('ten kills in a row lose nothing @nightly', async ({ signedIn: page, mesh }) => {
  test.setTimeout(900_000);
  const name = unique('kills');
  const accepted: string[] = [];
  await page.goto(`/activity?name=${name}`);
  await expect(page.getByText('Following')).toBeVisible();
  for (let kill = 0; kill < 10; kill += 1) await killAndGoOn(page, mesh, name, accepted);
  await nothingLostNorTwice(page, accepted);
});
