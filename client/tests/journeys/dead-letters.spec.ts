/** A letter's way: it dies, is found by its cause, mended, replayed and done; and another one is given up. */
import type { Page } from '@playwright/test';
import { expect, heading, test, unique } from '../fixtures';
import type { Mesh } from '../mesh';

/** Dies, and is in the list when this is done. */
async function die(mesh: Mesh, name: string): Promise<void> {
  await mesh.deadLetter(name);
  const token = await mesh.token();
  await expect
    .poll(async () => {
      const path = `/v1/admin/dead-letters?text=${name}`;
      const found = await mesh.call<{ letters: unknown[] }>('GET', path, undefined, token);
      return found.letters.length;
    })
    .toBe(1);
}

const cause = /entries\[N\]\.level: must be one of/;

async function openLetter(page: Page, name: string): Promise<void> {
  await page.goto('/dead-letters');
  await page.getByRole('grid', { name: 'Causes' }).getByRole('row').filter({ hasText: cause }).click();
  await expect(page).toHaveURL(/cause=/);
  await page.getByLabel('Text in reason, body or ID').fill(name);
  await expect(page).toHaveURL(/text=/);
  const rows = page.getByRole('grid', { name: 'Letters' }).getByRole('row');
  await expect(rows).toHaveCount(2);
  await rows.nth(1).getByText('must be one of').click();
  await expect(heading(page, 'Dead letter')).toBeVisible();
}

test('a dead letter is found by its cause, mended as a diff, replayed and stored once', async ({
  signedIn: page,
  mesh,
}) => {
  const name = unique('mended');
  await die(mesh, name);
  await openLetter(page, name);
  await expect(page.getByRole('region', { name: 'Body' })).toContainText(name);

  await page.getByRole('button', { name: 'Edit' }).click();
  const body = page.getByRole('textbox', { name: 'New body' });
  await body.fill('{"name": ');
  await expect(page.getByText(/Line 1, column \d+/).first()).toBeVisible();
  await body.fill(JSON.stringify({ name, level: 'INFO', data: 'mended' }));
  await expect(page.getByRole('heading', { name: 'Changes' })).toBeVisible();
  await expect(page.getByRole('region', { name: 'Edit' })).toContainText('"level": 7');
  await expect(page.getByRole('region', { name: 'Edit' })).toContainText('"level": "INFO"');
  await page.reload();
  await expect(page.getByText('You typed this before. It was not saved yet.')).toBeVisible();
  await expect(body).toHaveValue(/mended/);

  await page.getByRole('button', { name: 'Save as a copy' }).click();
  await expect(page.getByText('An edited copy')).toBeVisible();
  await page.getByRole('button', { name: 'Replay…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Replay 1 letter' }).click();
  await expect(heading(page, 'Replay of 1 letter')).toBeVisible();
  await expect(page.getByText('1 of 1')).toBeVisible();
  await expect(page.getByText('done', { exact: true }).first()).toBeVisible();
  await page.reload();
  await expect(heading(page, 'Replay of 1 letter')).toBeVisible();
  await expect(page.getByText('1 of 1')).toBeVisible();

  const token = await mesh.token();
  await expect
    .poll(async () => {
      const path = `/v1/logs?name=${name}`;
      const found = await mesh.call<{ entries: { data: string }[] }>('GET', path, undefined, token);
      return found.entries.map(({ data }) => data);
    })
    .toEqual(['mended']);
});

test('a letter that nobody wants is discarded, and the list says so', async ({ signedIn: page, mesh }) => {
  const name = unique('unwanted');
  await die(mesh, name);
  await page.goto(`/dead-letters?view=letters&text=${name}`);
  await expect(page).toHaveURL(/text=/);
  const rows = page.getByRole('grid', { name: 'Letters' }).getByRole('row');
  await rows.nth(1).getByRole('checkbox').check();
  await page.getByRole('button', { name: 'Discard 1…' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Discard 1 letter' }).click();
  await expect(heading(page, 'Discard of 1 letter')).toBeVisible();
  await expect(page.getByText('done', { exact: true }).first()).toBeVisible();

  await page.goBack();
  await expect(page.getByText('No letters match the filter')).toBeVisible();
  await page.goto(`/dead-letters?view=letters&state=any&text=${name}`);
  await expect(rows).toHaveCount(2);
  await expect(rows.nth(1)).toContainText('discarded');
  await page.goto('/operations');
  await expect(page.getByRole('row').filter({ hasText: 'Discard' }).first()).toContainText('done');
});

test('a letter that dies appears in the list by itself', async ({ signedIn: page, mesh }) => {
  const name = unique('sudden');
  await page.goto(`/dead-letters?view=letters&text=${name}`);
  await expect(page.getByText('No letters match the filter')).toBeVisible();
  await mesh.deadLetter(name);
  await expect(page.getByRole('grid', { name: 'Letters' }).getByRole('row')).toHaveCount(2);
});
