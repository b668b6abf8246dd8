/** In, out, and in again: by the form, by the cookie, in two tabs, on two machines, and in the middle of something. */
import type { Page } from '@playwright/test';
import { expect, heading, signIn, test, unique } from '../fixtures';
import { admin } from '../mesh';

async function fillIn(page: Page, { email, password } = admin): Promise<void> {
  await page.getByRole('textbox', { name: 'E-mail' }).fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

async function choose(page: Page, entry: string): Promise<void> {
  await page.getByRole('button', { name: 'Your account' }).click();
  await page.getByRole('menuitem', { name: entry, exact: true }).click();
}

test('a wrong password is told of, the right one leads in, and a reload keeps the session', async ({ page }) => {
  await page.goto('/');
  await expect(heading(page, 'Sign in to Switchboard')).toBeVisible();
  await fillIn(page, { ...admin, password: 'wrong' });
  await expect(page.getByText('E-mail or password is wrong.')).toBeVisible();
  await fillIn(page);
  await expect(heading(page, 'Overview')).toBeVisible();
  await page.reload();
  await expect(heading(page, 'Overview')).toBeVisible();
});

test('signing in leads to where one wanted to go, and nowhere else', async ({ page, mesh }) => {
  await page.goto('/users?q=admin');
  await expect(heading(page, 'Sign in to Switchboard')).toBeVisible();
  await fillIn(page);
  await expect(heading(page, 'Users')).toBeVisible();
  await expect(page).toHaveURL(`${mesh.url}/users?q=admin`);

  await choose(page, 'Sign out');
  // Whoever leads on before it is done is still in, and sent on from the form.
  await expect(heading(page, 'Sign in to Switchboard')).toBeVisible();
  await page.goto('/sign-in?to=//example.com/users');
  await fillIn(page);
  await expect(heading(page, 'Overview')).toBeVisible();
  await expect(page).toHaveURL(`${mesh.url}/overview`);
});

test('two tabs agree on who is signed in', async ({ signedIn: first, context }) => {
  await first.goto('/settings');
  await expect(heading(first, 'Settings')).toBeVisible();
  const second = await context.newPage();
  await second.goto('/settings');
  await expect(heading(second, 'Settings')).toBeVisible();

  await choose(first, 'Sign out');
  await expect(heading(first, 'Sign in to Switchboard')).toBeVisible();
  await expect(heading(second, 'Sign in to Switchboard')).toBeVisible();
  await fillIn(second);
  await expect(heading(second, 'Settings')).toBeVisible();
  await expect(heading(first, 'Settings')).toBeVisible();
});

test('signing out everywhere ends the session of another browser', async ({ page, browser, mesh }) => {
  const account = await mesh.register(`${unique('everywhere')}@example.com`);
  await signIn(page, mesh, account);
  const elsewhere = await browser.newContext({ baseURL: mesh.url });
  const other = await elsewhere.newPage();
  await signIn(other, mesh, account);
  await other.goto('/activity');
  await page.goto('/activity');
  await expect(heading(other, 'Activity')).toBeVisible();

  await choose(page, 'Sign out everywhere');
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere' }).click();
  await expect(heading(page, 'Sign in to Switchboard')).toBeVisible();
  await expect(other.getByRole('dialog', { name: 'Your session has expired' })).toBeVisible();
  await other.getByRole('button', { name: 'Leave instead' }).click();
  await expect(heading(other, 'Sign in to Switchboard')).toBeVisible();
  await elsewhere.close();
});

test('whoever registers is signed in, as a user who is told what is for administrators', async ({ page }) => {
  const email = `${unique('new')}@example.com`;
  await page.goto('/sign-in');
  await page.getByRole('link', { name: 'Register' }).click();
  await expect(heading(page, 'Make an account')).toBeVisible();
  await page.getByRole('textbox', { name: 'E-mail' }).fill(email);
  await page.getByRole('textbox', { name: 'First name' }).fill('Ada');
  await page.getByRole('textbox', { name: 'Last name' }).fill('Lovelace');
  await page.getByLabel('Password', { exact: true }).fill('short');
  await page.getByRole('button', { name: 'Register' }).click();
  await expect(page.getByLabel('Password', { exact: true })).toHaveAttribute('aria-invalid', 'true');
  await page.getByLabel('Password', { exact: true }).fill('long enough to be one');
  await page.getByRole('button', { name: 'Register' }).click();
  await expect(heading(page, 'Activity')).toBeVisible();
  await page.goto('/users');
  await expect(page.getByText('You may not open this screen')).toBeVisible();
});

test('the page to register is one that can be reloaded', async ({ page }) => {
  await page.goto('/sign-in');
  await page.getByRole('link', { name: 'Register' }).click();
  await expect(heading(page, 'Make an account')).toBeVisible();
  await page.reload();
  await expect(heading(page, 'Make an account')).toBeVisible();
});

test('a session that ends is begun again in place, and what was under way is done', async ({ page, mesh }) => {
  const account = await mesh.register(`${unique('expired')}@example.com`);
  await signIn(page, mesh, account);
  await page.goto('/me');
  const first = page.getByRole('textbox', { name: 'First name' }).first();
  await first.fill('Augusta');

  const token = await mesh.token(account);
  const { sessions } = await mesh.call<{ sessions: { id: string; browser: boolean }[] }>(
    'GET',
    '/v1/sessions',
    undefined,
    token,
  );
  for (const { id } of sessions.filter(({ browser }) => browser)) {
    await mesh.call('DELETE', `/v1/sessions/${id}`, undefined, token);
  }
  // A token is refused from the moment on at which the broker has heard of it, in a second or so.
  const dialog = page.getByRole('dialog', { name: 'Your session has expired' });
  await expect(async () => {
    const save = page.getByRole('form', { name: 'Profile' }).getByRole('button', { name: 'Save' });
    if (!(await dialog.isVisible())) await save.click({ timeout: 2000 });
    await expect(dialog).toBeVisible({ timeout: 2000 });
  }).toPass();
  await expect(first).toHaveValue('Augusta');
  await dialog.getByLabel('Password', { exact: true }).fill(account.password);
  await dialog.getByRole('button', { name: 'Sign in' }).click();
  await expect(dialog).toBeHidden();
  await expect(first).toHaveValue('Augusta');
  await expect
    .poll(async () => mesh.call('GET', '/v1/me', undefined, await mesh.token(account)))
    .toMatchObject({ first_name: 'Augusta' });
});
