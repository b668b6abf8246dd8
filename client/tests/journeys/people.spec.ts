/** Accounts: those of others, as an administrator changes them, and one's own. */
import { expect, heading, signIn, test, unique } from '../fixtures';

test('a user is found and made an administrator, who is asked first', async ({ signedIn: page, mesh }) => {
  const { email } = await mesh.register(`${unique('promoted')}@example.com`);
  await page.goto('/users');
  await page.getByRole('textbox', { name: 'Find by name or e-mail' }).fill(email);
  await expect(page).toHaveURL(/q=promoted/);
  const rows = page.getByRole('grid', { name: 'Users' }).getByRole('row');
  await expect(rows).toHaveCount(2);
  await rows.nth(1).click();
  await expect(heading(page, 'Ada Lovelace')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Role: User' })).toBeVisible();

  await page.getByRole('button', { name: 'Make an admin' }).click();
  const dialog = page.getByRole('dialog', { name: `Make ${email} an admin?` });
  await dialog.getByRole('button', { name: 'Cancel' }).last().click();
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('heading', { name: 'Role: User' })).toBeVisible();
  await page.getByRole('button', { name: 'Make an admin' }).click();
  await dialog.getByRole('button', { name: 'Make an admin' }).click();
  await expect(page.getByRole('heading', { name: 'Role: Admin' })).toBeVisible();

  await page.getByRole('link', { name: 'All users' }).click();
  await expect(page.getByRole('textbox', { name: 'Find by name or e-mail' })).toHaveValue(email);
  await expect(rows.nth(1)).toContainText('Admin');
});

test('one changes the own name, and makes and revokes a key that is shown once', async ({ page, mesh }) => {
  const account = await mesh.register(`${unique('own')}@example.com`);
  await signIn(page, mesh, account);
  await page.goto('/me');
  const profile = page.getByRole('form', { name: 'Profile' });
  await profile.getByRole('textbox', { name: 'First name' }).fill('Augusta');
  await profile.getByRole('button', { name: 'Save' }).click();
  await expect(profile.getByText('Saved')).toBeVisible();
  await page.reload();
  await expect(profile.getByRole('textbox', { name: 'First name' })).toHaveValue('Augusta');

  const keys = page.getByRole('region', { name: 'API keys' });
  await keys.getByRole('button', { name: 'Make a key' }).click();
  await keys.getByRole('textbox', { name: 'Name' }).fill('nightly');
  await keys.getByRole('button', { name: 'Make a key' }).click();
  await expect(keys.getByText('This is the key nightly.')).toBeVisible();
  const key = (await keys.locator('code').first().innerText()).trim();
  await expect.poll(() => mesh.call('GET', '/v1/me', undefined, key)).toMatchObject({ email: account.email });
  await page.reload();
  await expect(keys.getByText('nightly', { exact: true })).toBeVisible();
  await expect(page.getByRole('main')).not.toContainText(key);

  await keys.getByRole('button', { name: 'Revoke the key nightly' }).click();
  await keys.getByRole('button', { name: 'Revoke it' }).click();
  await expect(keys.getByText('You have no key yet.')).toBeVisible();
  await expect
    .poll(() => mesh.call('GET', '/v1/me', undefined, key).catch((error: Error) => error.message))
    .toContain('answered 401');
});
