/** The panel's files as they are in client/dist, in the place of those inside of the program: so looks can be worked on
 *  without building that anew. Only where PANEL_FILES says so. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Page } from '@playwright/test';

const folder = process.env.PANEL_FILES && resolve(process.env.PANEL_FILES);

export async function files(page: Page): Promise<void> {
  if (!folder) return;
  await page.route('**/*', (route) => {
    const { pathname } = new URL(route.request().url());
    const file = resolve(folder, `.${pathname}`);
    if (route.request().isNavigationRequest()) return route.fulfill({ path: resolve(folder, 'index.html') });
    return pathname !== '/' && existsSync(file) ? route.fulfill({ path: file }) : route.fallback();
  });
}
