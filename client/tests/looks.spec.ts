/** Every screen with data, in one visit each: no rule of WCAG 2.2 AA is broken, light and dark; it fits into 320 px and
 *  with text of twice the size; its targets can be hit; nothing moves; and the console has nothing to say. */
import type { Browser, Page } from '@playwright/test';
import { expectNoViolations } from './axe';
import { files } from './files';
import { signIn, watched } from './fixtures';
import type { Mesh } from './mesh';
import { expect, test as filled, go, places, visit } from './places';
import { expectToReflow } from './reflow';
import { stage } from './staged';

interface Visitor {
  page: Page;
  surprises: () => string[];
}

/** One page for all screens of a kind: a load and a sign-in for each would be most of the time. */
const test = filled.extend<object, { inside: Visitor; outside: Visitor }>({
  inside: [
    async ({ browser, mesh }, use) => {
      const visitor = await visitorOf(browser, mesh);
      await signIn(visitor.page, mesh);
      await use(visitor);
      await visitor.page.context().close();
    },
    { scope: 'worker' },
  ],
  outside: [
    async ({ browser, mesh }, use) => {
      const visitor = await visitorOf(browser, mesh);
      await use(visitor);
      await visitor.page.context().close();
    },
    { scope: 'worker' },
  ],
});

async function visitorOf(browser: Browser, mesh: Mesh): Promise<Visitor> {
  const context = await browser.newContext({ baseURL: mesh.url, locale: 'en-US', timezoneId: 'UTC' });
  const surprises = watched(context);
  await files(context);
  const page = await context.newPage();
  await page.setViewportSize({ width: 1440, height: 900 });
  await stage(page);
  return { page, surprises };
}

for (const place of places) {
  test(`${place.name} can be used by everybody: axe, reflow, targets, console`, async ({ inside, outside, seeded }) => {
    const { page, surprises } = place.isOutside ? outside : inside;
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    await (place.isOutside ? visit : go)(page, place, seeded);
    await expectNoViolations(page);
    await expectToReflow(page);
    expect(surprises(), 'errors that the page told of').toEqual([]);
  });
}
