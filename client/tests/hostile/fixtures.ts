/** The mesh of a worker behind a front that a test can cut, and a page that is signed in there. */
import type { Page } from '@playwright/test';
import { test as base, signIn } from '../fixtures';
import { Front } from './front';

export const test = base.extend<{ signedIn: Page }, { front: Front }>({
  front: [
    async ({ mesh }, use) => {
      const front = await Front.start(mesh);
      await use(front);
      await front.stop();
    },
    { scope: 'worker' },
  ],
  baseURL: async ({ front }, use) => use(front.url),
  signedIn: async ({ page, mesh, front }, use) => {
    await signIn(page, mesh);
    await use(page);
    front.answers.clear();
  },
});

export { expect } from '@playwright/test';
