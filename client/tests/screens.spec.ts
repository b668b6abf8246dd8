/** Pictures of every screen, for docs/panel: made by `scripts/panel screens`, which says where they go. */
import { join } from 'node:path';
import { signIn } from './fixtures';
import { expect, places, test, visit } from './places';
import { stage } from './staged';

const folder = process.env.PANEL_PICTURES;
const wanted = process.env.PANEL_SCREENS?.split(',');
const sizes = [
  { width: 1440, height: 900 },
  { width: 1024, height: 768 },
  { width: 390, height: 844 },
];
const locale = process.env.PANEL_LOCALE ?? 'en-GB';

test.use({ locale, timezoneId: 'Europe/Berlin', reducedMotion: 'reduce' });
test.skip(!folder, 'PANEL_PICTURES names the folder for the pictures');

for (const place of places) {
  if (wanted && !wanted.includes(place.name)) continue;
  test(`a picture of ${place.name}`, async ({ page, mesh, seeded }) => {
    test.setTimeout(180_000);
    if (!place.isOutside) await signIn(page, mesh);
    const hasCharts = place.name.startsWith('queue');
    await stage(page, 'data', hasCharts);
    if (hasCharts) await page.clock.install();
    for (const viewport of sizes) {
      await page.setViewportSize(viewport);
      await page.emulateMedia({ colorScheme: 'light' });
      await visit(page, place, seeded);
      // What is drawn over time needs some to have passed.
      if (hasCharts) await page.clock.runFor(5 * 60_000);
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', colorScheme);
        await page.screenshot({ path: join(folder ?? '', `${place.name}-${viewport.width}-${colorScheme}.png`) });
      }
    }
  });
}
