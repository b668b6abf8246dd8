/** The same ways without a mouse: nothing here points at anything. */
import type { Page } from '@playwright/test';
import { expect, heading, test, unique } from '../fixtures';
import { admin } from '../mesh';

async function press(page: Page, ...keys: string[]): Promise<void> {
  for (const key of keys) await page.keyboard.press(key);
}

/** Goes on with Tab until something has the focus. */
async function tabTo(page: Page, wanted: ReturnType<Page['locator']>): Promise<void> {
  await expect(wanted).toBeVisible();
  await expect(async () => {
    for (let left = 60; left > 0; left -= 1) {
      if (await wanted.evaluate((element) => element === document.activeElement)) return;
      await press(page, 'Tab');
    }
    throw new Error(`no Tab leads to ${wanted}`);
  }).toPass({ intervals: [0] });
}

/** Through the palette. */
async function run(page: Page, command: string): Promise<void> {
  await press(page, 'Control+k');
  const search = page.getByPlaceholder('Type a command or a screen');
  await expect(search).toBeFocused();
  await page.keyboard.type(command);
  await expect(page.getByRole('dialog').getByText(command, { exact: true })).toBeVisible();
  await press(page, 'Enter');
  await expect(search).toBeHidden();
}

test('signing in, and out by the palette', async ({ page }) => {
  await page.goto('/');
  await expect(page.getByRole('textbox', { name: 'E-mail' })).toBeFocused();
  await page.keyboard.type(admin.email);
  await press(page, 'Tab');
  await page.keyboard.type(admin.password);
  await press(page, 'Enter');
  await expect(heading(page, 'Overview')).toBeVisible();
  await run(page, 'Sign out');
  await expect(heading(page, 'Sign in to Switchboard')).toBeVisible();
});

test('every screen by its chord and by the palette', async ({ signedIn: page }) => {
  await page.goto('/settings');
  await expect(heading(page, 'Settings')).toBeVisible();
  await press(page, 'Control+/');
  const sheet = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(sheet).toBeVisible();
  await press(page, 'Escape');
  await expect(sheet).toBeHidden();
  const chords = {
    o: 'Overview',
    a: 'Activity',
    d: 'Dead letters',
    p: 'Operations',
    q: 'Queues',
    t: 'Try it',
    r: 'API',
  };
  for (const [key, title] of Object.entries({ ...chords, u: 'Users' })) {
    await press(page, 'g', key);
    await expect(heading(page, title)).toBeVisible();
  }
  for (const title of ['Me', 'Settings', 'Queues']) {
    await run(page, title);
    await expect(heading(page, title)).toBeVisible();
  }
});

test('the log: found by /, opened by Enter, closed by Escape, paused by p', async ({ signedIn: page, mesh }) => {
  const name = unique('keys');
  await mesh.log(name, 'the older');
  await mesh.log(name, 'the newer');
  await page.goto('/activity');
  await expect(page.getByRole('option').filter({ hasText: 'the newer' }).first()).toBeVisible();
  await press(page, '/');
  await expect(page.getByRole('textbox', { name: 'Find in name and data' })).toBeFocused();
  await page.keyboard.type(name);
  await expect(page.getByRole('option')).toHaveCount(2);
  await tabTo(page, page.getByRole('listbox', { name: 'Log entries, newest last' }));
  await press(page, 'k', 'k', 'Enter');
  const detail = page.getByRole('complementary', { name: 'Entry' });
  await expect(detail).toContainText('the older');
  await press(page, 'j');
  await expect(detail).toContainText('the newer');
  await press(page, 'Escape');
  await expect(detail).toBeHidden();
  await press(page, 'p');
  await expect(page.getByText('Following')).toBeVisible();
  await press(page, 'p');
  await expect(page.getByText('Paused', { exact: true })).toBeVisible();
});

test('a dead letter: list, letter, edited copy, replay, and the way back', async ({ signedIn: page, mesh }) => {
  const name = unique('by-keys');
  await mesh.deadLetter(name);
  await page.goto('/overview');
  await expect(heading(page, 'Overview')).toBeVisible();
  await press(page, 'g', 'd');
  await expect(page.getByRole('grid', { name: 'Causes' }).getByRole('row').nth(1)).toBeVisible();
  await press(page, 'j', 'Enter');
  const letters = page.getByRole('grid', { name: 'Letters' });
  await expect(letters).toBeVisible();
  await press(page, '/');
  await page.keyboard.type(name);
  await expect(letters.getByRole('row')).toHaveCount(2);
  await tabTo(page, letters);
  await press(page, 'j', 'Enter');
  await expect(heading(page, 'Dead letter')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Body' })).toContainText(name);
  await press(page, 'e');
  await tabTo(page, page.getByRole('textbox', { name: 'New body' }));
  await press(page, 'Control+a');
  await page.keyboard.insertText(JSON.stringify({ name, level: 'INFO', data: 'by keys' }));
  await tabTo(page, page.getByRole('button', { name: 'Save as a copy' }));
  await press(page, 'Enter');
  await expect(page.getByText('An edited copy')).toBeVisible();
  await tabTo(page, page.getByRole('button', { name: 'Replay…' }));
  await press(page, 'Enter');
  await tabTo(page, page.getByRole('dialog').getByRole('button', { name: 'Replay 1 letter' }));
  await press(page, 'Enter');
  await expect(heading(page, 'Replay of 1 letter')).toBeVisible();
  await expect(page.getByText('1 of 1')).toBeVisible();
  await tabTo(page, page.getByRole('link', { name: 'All operations' }));
  await press(page, 'Enter');
  await expect(heading(page, 'Operations')).toBeVisible();
});

test('a queue opens in its drawer and closes again', async ({ signedIn: page }) => {
  await page.goto('/queues');
  await expect(page.getByRole('grid', { name: 'Queues' }).getByRole('row').nth(1)).toBeVisible();
  await press(page, 'j', 'Enter');
  const drawer = page.getByRole('dialog');
  await expect(drawer).toBeVisible();
  await expect(page).toHaveURL(/name=/);
  await press(page, 'Escape');
  await expect(drawer).toBeHidden();
  await expect(page).not.toHaveURL(/name=/);
});

test('a user is found, opened and made an administrator', async ({ signedIn: page, mesh }) => {
  const { email } = await mesh.register(`${unique('typed')}@example.com`);
  await page.goto('/users');
  await expect(page.getByRole('grid', { name: 'Users' })).toBeVisible();
  await press(page, '/');
  await page.keyboard.type(email);
  const users = page.getByRole('grid', { name: 'Users' });
  await expect(users.getByRole('row')).toHaveCount(2);
  await tabTo(page, users);
  await press(page, 'j', 'Enter');
  await expect(page.getByRole('heading', { name: 'Role: User' })).toBeVisible();
  await tabTo(page, page.getByRole('button', { name: 'Make an admin' }));
  await press(page, 'Enter');
  await tabTo(page, page.getByRole('dialog').getByRole('button', { name: 'Make an admin' }));
  await press(page, 'Enter');
  await expect(page.getByRole('heading', { name: 'Role: Admin' })).toBeVisible();
});

test('calls: the tester and an operation of the API', async ({ signedIn: page }) => {
  await page.goto('/try');
  await tabTo(page, page.getByRole('button', { name: 'gRPC logger' }));
  await press(page, 'Enter');
  await expect(page.getByRole('region', { name: 'Received', exact: true })).toContainText('20');
  await press(page, 'g', 'r');
  await expect(heading(page, 'API')).toBeVisible();
  await press(page, '/');
  await page.keyboard.type('GET /v1/me');
  await tabTo(page, page.getByRole('link', { name: 'GET /v1/me', exact: true }));
  await press(page, 'Enter');
  const form = page.getByRole('region', { name: 'Try it' });
  await tabTo(page, form.getByRole('button', { name: 'Send GET' }));
  await press(page, 'Enter');
  await expect(form.getByRole('status')).toContainText('200');
});

test('a key for machines is made and revoked', async ({ signedIn: page }) => {
  await page.goto('/me');
  const keys = page.getByRole('region', { name: 'API keys' });
  const name = unique('key');
  await tabTo(page, keys.getByRole('button', { name: 'Make a key' }));
  await press(page, 'Enter');
  await expect(keys.getByRole('textbox', { name: 'Name' })).toBeFocused();
  await page.keyboard.type(name);
  await press(page, 'Enter');
  await expect(keys.getByText(`This is the key ${name}.`)).toBeVisible();
  await tabTo(page, keys.getByRole('button', { name: `Revoke the key ${name}` }));
  await press(page, 'Enter');
  await expect(keys.getByRole('button', { name: 'Revoke it' })).toBeFocused();
  await press(page, 'Enter');
  await expect(keys.getByRole('button', { name: `Revoke the key ${name}` })).toBeHidden();
});
