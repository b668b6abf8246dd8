/** Whether a page fits where there is little room, and what on it is too small for a finger. */
import type { Page } from '@playwright/test';
import { expect } from './fixtures';

/** CSS pixels, by WCAG 2.2's 2.5.8. */
const SMALLEST = 24;

/** At 320 px, and with text of twice the size; then the page is as it was. */
export async function expectToReflow(page: Page): Promise<void> {
  const size = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 640 });
  await drawn(page);
  expect.soft(await beyond(page), '320 px').toEqual([]);
  expect.soft(await small(page), 'targets').toEqual([]);
  // 200 % of 640 px is what is left for text of twice the size.
  await page.setViewportSize({ width: 640, height: 640 });
  await page.evaluate(() => {
    document.documentElement.style.fontSize = '200%';
  });
  await drawn(page);
  expect.soft(await beyond(page), 'text of 200 %').toEqual([]);
  const moving = await page.evaluate(() => document.getAnimations().filter((it) => it.playState === 'running').length);
  expect.soft(moving, 'what moves where less motion is wanted').toBe(0);
  await page.evaluate(() => document.documentElement.style.removeProperty('font-size'));
  if (size) await page.setViewportSize(size);
}

/** What is measured to be drawn, such as a chart, is drawn a frame later. */
function drawn(page: Page): Promise<unknown> {
  return page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
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
      .map((it) => ({ it, box: it.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 1 && Math.min(box.width, box.height) < smallest - 0.5)
      .map(({ it, box }) => `${it.outerHTML.slice(0, 160)} ${box.width}×${box.height}`);
  }, SMALLEST);
}
