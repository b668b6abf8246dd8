/** The panel's files as they are in client/dist, in the place of those inside of the program: so it can be worked on
 *  without building that anew. Only where PANEL_FILES says so. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { BrowserContext } from '@playwright/test';

const folder = process.env.PANEL_FILES && resolve(process.env.PANEL_FILES);

export async function files(context: BrowserContext): Promise<void> {
  if (!folder) return;
  await context.route('**/*', async (route) => {
    const { pathname } = new URL(route.request().url());
    const file = resolve(folder, `.${pathname}`);
    if (route.request().isNavigationRequest()) {
      // The page is ours, the policy that it is shown under is the program's.
      const headers = (await route.fetch()).headers();
      delete headers['content-encoding'];
      delete headers['content-length'];
      return route.fulfill({ path: resolve(folder, 'index.html'), headers });
    }
    return pathname !== '/' && existsSync(file) ? route.fulfill({ path: file }) : route.fallback();
  });
}
