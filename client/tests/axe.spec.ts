/** No screen breaks a rule of WCAG 2.2 AA that a program can find: light and dark, with data; and at night also empty,
 *  failing, and without a network. */
import AxeBuilder from '@axe-core/playwright';
import { files } from './files';
import { signIn } from './fixtures';
import { expect, places, test, visit } from './places';
import { type State, stage } from './staged';

const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
const states: State[] = ['data', 'empty', 'error', 'offline'];
const schemes = ['light', 'dark'] as const;

test.use({ expected: [/Failed to load resource/] });

for (const state of states) {
  for (const place of places) {
    const isNightly = state !== 'data';
    // A letter or an operation that could not be loaded has nothing to open.
    if (isNightly && (place.ready || place.act)) continue;
    test(`axe finds nothing in ${place.name}, ${state}${isNightly ? ' @nightly' : ''}`, async ({
      page,
      mesh,
      seeded,
    }) => {
      if (!place.isOutside) await signIn(page, mesh);
      await files(page);
      await stage(page, state);
      await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
      await visit(page, place, seeded);
      for (const colorScheme of schemes) {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', colorScheme);
        const { violations } = await new AxeBuilder({ page }).withTags(tags).analyze();
        const found = violations.flatMap(({ id, nodes }) =>
          nodes.map(({ target, failureSummary }) => `${colorScheme} ${id}: ${target.join(' ')} ${failureSummary}`),
        );
        expect.soft(found).toEqual([]);
      }
    });
  }
}
