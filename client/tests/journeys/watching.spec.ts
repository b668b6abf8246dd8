/** What goes on in the mesh, as it goes on: services, queues, and the log with its tail. */
import { expect, test, unique } from '../fixtures';

test('the overview shows every service and how it is', async ({ signedIn: page }) => {
  await page.goto('/overview');
  const services = page.getByRole('list', { name: 'Services' });
  for (const name of ['broker', 'listener', 'logger', 'authenticator', 'math', 'operations']) {
    const card = services.getByRole('listitem').filter({ has: page.getByRole('heading', { name, exact: true }) });
    await expect(card).toContainText('Ready');
    await expect(card).toContainText('1 of 1 ready');
  }
  await expect(page.getByRole('status').filter({ hasText: 'Live' })).toBeVisible();
});

test('queues show what comes and goes without being asked again', async ({ signedIn: page, mesh }) => {
  await page.goto('/queues?q=store-logs&kind=work');
  const row = page.getByRole('row').filter({ hasText: 'v1.listener.store-logs' });
  await expect(row).toBeVisible();
  const at = await page.getByRole('columnheader').allInnerTexts();
  const rate = row.getByRole('gridcell').nth(at.findIndex((header) => header.trim() === 'In'));
  await expect
    .poll(async () => {
      await mesh.call('POST', '/v1/events/logs', { name: unique('flow'), level: 'INFO', data: 'by the queue' });
      return rate.innerText();
    })
    .toMatch(/[1-9]/);
});

test('an entry appears by itself, waits while the log is paused, and comes when it goes on', async ({
  signedIn: page,
  mesh,
}) => {
  const [before, during] = [unique('before'), unique('during')];
  await page.goto('/activity');
  await expect(page.getByText('Following')).toBeVisible();
  const log = page.getByRole('listbox', { name: 'Log entries, newest last' });
  await mesh.log(before, 'seen at once');
  await expect(log.getByRole('option').filter({ hasText: before })).toContainText('seen at once');

  await page.getByRole('button', { name: 'Pause' }).click();
  await mesh.log(during, 'seen later');
  await expect(page.getByText(/Paused, [1-9]\d* new/)).toBeVisible();
  await expect(log.getByText(during)).toBeHidden();
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect(log.getByText(during)).toBeVisible();
  await expect(page.getByText('Following')).toBeVisible();
});

test('what is looked for in the log is in the URL, and back and reload restore it', async ({
  signedIn: page,
  mesh,
}) => {
  const [wanted, other] = [unique('wanted'), unique('other')];
  await mesh.log(wanted, 'this one');
  await mesh.log(other, 'not this one');
  await page.goto('/activity');
  const log = page.getByRole('listbox', { name: 'Log entries, newest last' });
  await expect(log.getByText(other)).toBeVisible();

  const find = page.getByRole('textbox', { name: 'Find in name and data' });
  await find.fill(wanted);
  await expect(page).toHaveURL(new RegExp(`q=${wanted}`));
  await expect(log.getByText(other)).toBeHidden();
  await log.getByRole('option').filter({ hasText: wanted }).click();
  const detail = page.getByRole('complementary', { name: 'Entry' });
  await expect(detail.getByRole('heading', { name: wanted })).toBeVisible();
  await expect(page).toHaveURL(/entry=/);

  await page.reload();
  await expect(detail.getByRole('heading', { name: wanted })).toBeVisible();
  await expect(find).toHaveValue(wanted);
  await page.goBack();
  await expect(detail).toBeHidden();
  await expect(find).toHaveValue(wanted);
  await page.goForward();
  await expect(detail.getByRole('heading', { name: wanted })).toBeVisible();
});
