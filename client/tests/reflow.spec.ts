/** Every screen fits where there is little room: 320 px, text of twice the size, and targets that a finger can hit. */
import type { Page } from '@playwright/test';
import { files } from './files';
import { signIn } from './fixtures';
import { expect, places, test, visit } from './places';
import { stage } from './staged';

/** CSS pixels, by WCAG 2.2's 2.5.8. */
const SMALLEST = 24;

for (const place of places) {
  test(`${place.name} needs no sideways scrolling, and its targets can be hit`, async ({ page, mesh, seeded }) => {
    if (!place.isOutside) await signIn(page, mesh);
    await files(page);
    await stage(page);
    await page.setViewportSize({ width: 320, height: 640 });
    await page.emulateMedia({ reducedMotion: 'reduce' });
    await visit(page, place, seeded);
    expect(await beyond(page), '320 px').toEqual([]);
    expect(await small(page)).toEqual([]);
    // 200 % of 640 px is what is left for text of twice the size.
    await page.setViewportSize({ width: 640, height: 640 });
    await page.evaluate(() => {
      document.documentElement.style.fontSize = '200%';
    });
    expect(await beyond(page), 'text of 200 %').toEqual([]);
    expect(await page.evaluate(() => document.getAnimations().filter((it) => it.playState === 'running').length)).toBe(
      0,
    );
  });
}

/** What makes the page or its main part scroll sideways. */
async function beyond(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll('main, [role=dialog]')]
      .filter((part) => part.scrollWidth > part.clientWidth + 1)
      .map((part) => `${part.tagName} ${part.scrollWidth} > ${part.clientWidth}`),
  );
}

/** Links in a line of text are let be, as are controls that others of the right size stand for. */
async function small(page: Page): Promise<string[]> {
  return page.evaluate((smallest) => {
    const all = document.querySelectorAll<HTMLElement>('a[href], button, input, select, textarea, [role=button]');
    return [...all]
      .filter((it) => it.checkVisibility({ opacityProperty: true, visibilityProperty: true }))
      .filter((it) => !(it.tagName === 'A' && getComputedStyle(it).display === 'inline'))
      .filter((it) => !(it.tagName === 'INPUT' && it.closest('label, .mantine-Checkbox-root, .mantine-Switch-root')))
      .filter((it) => it.getBoundingClientRect().width > 1)
      .filter((it) => Math.min(it.getBoundingClientRect().width, it.getBoundingClientRect().height) < smallest - 0.5)
      .map(
        (it) =>
          `${it.outerHTML.slice(0, 160)} ${it.getBoundingClientRect().width}×${it.getBoundingClientRect().height}`,
      );
  }, SMALLEST);
}
