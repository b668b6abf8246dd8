/** Every screen of the panel, how one gets there, and how one knows that it stands. */
import { expect, type Page } from '@playwright/test';
import { test as base } from './fixtures';
import { type Seeded, seed } from './seed';

export interface Place {
  name: string;
  path: (seeded: Seeded) => string;
  /** Without a session. */
  isOutside?: boolean;
  /** What has to be there before one looks. */
  ready?: string;
  /** What is opened there. */
  act?: (page: Page) => Promise<void>;
}

export const places: Place[] = [
  { name: 'sign-in', path: () => '/sign-in', isOutside: true, ready: 'form' },
  { name: 'register', path: () => '/sign-up', isOutside: true, ready: 'form' },
  { name: 'overview', path: () => '/overview' },
  { name: 'activity', path: ({ entry }) => `/activity?entry=${entry}` },
  { name: 'dead-letters', path: () => '/dead-letters' },
  { name: 'letters', path: () => '/dead-letters?view=letters' },
  { name: 'letter', path: ({ letter }) => `/dead-letters/${letter}` },
  { name: 'letter-edit', path: ({ letter }) => `/dead-letters/${letter}?edit=true`, ready: 'textarea' },
  { name: 'operations', path: () => '/operations' },
  { name: 'operation', path: ({ operation }) => `/operations/${operation}` },
  { name: 'queues', path: () => '/queues' },
  { name: 'queue', path: () => '/queues?name=v1.listener.store-logs', ready: '[role=dialog]' },
  { name: 'try', path: () => '/try' },
  { name: 'reference', path: () => '/reference?op=post_v1_logs', ready: '[data-opened] form' },
  { name: 'users', path: () => '/users' },
  { name: 'user', path: ({ user }) => `/users/${user}` },
  { name: 'me', path: () => '/me' },
  { name: 'settings', path: () => '/settings' },
  { name: 'palette', path: () => '/settings', act: (page) => press(page, 'Control+k') },
  { name: 'keys', path: () => '/settings', act: (page) => press(page, 'Control+/') },
];

async function press(page: Page, keys: string): Promise<void> {
  await page.keyboard.press(keys);
  await expect(page.getByRole('dialog')).toBeVisible();
}

/** Loads it, and waits until nothing is being loaded any more. */
export async function visit(page: Page, place: Place, seeded: Seeded): Promise<void> {
  await page.goto(place.path(seeded));
  await stands(page, place);
}

/** Goes there within the panel, where it is loaded already, by way of a screen that nothing is on. */
export async function go(page: Page, place: Place, seeded: Seeded): Promise<void> {
  const isInside = page.url().startsWith('http') && (await page.getByRole('dialog').count()) === 0;
  if (!isInside) return visit(page, place, seeded);
  const nowhere = page.locator('main code', { hasText: '/nowhere' });
  await follow(page, '/nowhere');
  await expect(nowhere).toBeVisible();
  await follow(page, place.path(seeded));
  await expect(nowhere).toHaveCount(0);
  await stands(page, place);
}

/** As a link does. */
async function follow(page: Page, path: string): Promise<void> {
  await page.evaluate((path) => {
    history.pushState({}, '', path);
    dispatchEvent(new PopStateEvent('popstate', { state: {} }));
  }, path);
}

async function stands(page: Page, place: Place): Promise<void> {
  await expect(page.locator('h1').first()).toBeVisible();
  if (place.ready) await expect(page.locator(place.ready).first()).toBeVisible();
  await settled(page);
  if (!place.act) return;
  await place.act(page);
  // What waits behind a dialog, such as for a session, may go on waiting.
  await settled(page, '[role=dialog]');
}

async function settled(page: Page, part = 'body'): Promise<void> {
  await expect(page.locator(`${part} .mantine-Loader-root`)).toHaveCount(0);
  await page.evaluate(() => document.fonts.ready);
  await page.waitForFunction(() =>
    document
      .getAnimations()
      .every((each) => each.playState !== 'running' || each.effect?.getComputedTiming().endTime === Infinity),
  );
}

/** A mesh that was filled, once for each worker. */
export const test = base.extend<object, { seeded: Seeded }>({
  seeded: [async ({ mesh }, use) => use(await seed(mesh)), { scope: 'worker', timeout: 120_000 }],
});

export { expect };
