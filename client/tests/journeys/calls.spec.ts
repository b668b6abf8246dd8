/** Calls made from the panel: the tester that people know, and any row of the API. */
import { expect, heading, test, unique } from '../fixtures';
import { admin } from '../mesh';

test('each call of the tester shows what was sent and what came back', async ({ signedIn: page, mesh }) => {
  await page.goto('/try');
  const calls = page.getByRole('group', { name: 'Calls' });
  const received = page.getByRole('region', { name: 'Received', exact: true }).first();
  const answer = received.getByLabel('Received', { exact: true });
  const output = page.getByRole('region', { name: 'Output' }).getByRole('grid').getByRole('row');

  await calls.getByRole('button', { name: 'Broker' }).click();
  await expect(received).toContainText('200');
  await expect(answer).toContainText('"error": false');

  await calls.getByRole('button', { name: 'Auth' }).click();
  const password = page.getByLabel('Password', { exact: true });
  await expect(password).toBeFocused();
  await password.fill(admin.password);
  await page.getByRole('region', { name: 'Sent' }).getByRole('button', { name: 'Send' }).click();
  await expect(answer).toContainText(admin.email);
  await expect(page.getByRole('main')).not.toContainText(admin.password);

  const name = unique('tried');
  for (const line of ['RabbitMQ', 'gRPC logger']) {
    await calls.getByRole('button', { name: line }).click();
    await expect(page.getByRole('region', { name: 'Sent' })).toContainText(
      line === 'RabbitMQ' ? '/rabbitmq-logger' : '/grpc-logger',
    );
    await page
      .getByRole('textbox', { name: 'Body' })
      .fill(JSON.stringify({ name, level: 'INFO', data: `over ${line}` }));
    await page.getByRole('region', { name: 'Sent' }).getByRole('button', { name: 'Send' }).click();
    await expect(received).toContainText(/20\d/);
  }
  await expect(output).toHaveCount(1 + 6);
  await expect
    .poll(async () => {
      const found = await mesh.call<{ entries: { data: string }[] }>(
        'GET',
        `/v1/logs?name=${name}`,
        undefined,
        await mesh.token(),
      );
      return found.entries.map(({ data }) => data).sort();
    })
    .toEqual(['over RabbitMQ', 'over gRPC logger']);
});

test('an operation of the API is found, read and tried', async ({ signedIn: page }) => {
  await page.clock.install();
  await page.goto('/reference');
  await expect(heading(page, 'API')).toBeVisible();
  const link = page
    .getByRole('navigation', { name: 'Operations' })
    .getByRole('link', { name: 'GET /v1/users', exact: true });
  await link.hover();
  // Time stands still: what is typed is told by leaving the field, under the press.
  await page.clock.pauseAt(Date.now() + 60_000);
  await page.getByRole('textbox', { name: 'Find operations' }).fill('GET /v1/users');
  await page.mouse.down();
  await expect(page).toHaveURL(/q=/);
  await page.mouse.up();
  await page.clock.resume();
  await expect(page).toHaveURL(/op=/);

  const form = page.getByRole('region', { name: 'Try it' });
  await form.getByRole('textbox', { name: 'search' }).fill('admin');
  await form.getByRole('button', { name: 'Send GET' }).click();
  await expect(form.getByRole('status')).toContainText('200');
  await expect(form.getByRole('region', { name: 'Body of the answer' })).toContainText(admin.email);

  await page.reload();
  await expect(form).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Find operations' })).toHaveValue('GET /v1/users');
});
