/** Every dialog of the panel, and how one gets to it from a screen; the palette, the keys and the queue are places. */
import type { Page } from '@playwright/test';
import type { Place } from './places';

const press = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).first().click();

/** The cookie is refused, and so is the next call. */
async function expire(page: Page): Promise<void> {
  const refused = { status: 401, json: { title: 'Unauthorized', status: 401, detail: 'the session is over' } };
  await page.route('**/v1/sessions/refresh', (route) => route.fulfill(refused));
  await page.route('**/v1/me', (route) => route.fulfill(refused));
  await page.getByRole('form', { name: 'Profile' }).getByRole('button', { name: 'Save' }).click();
}

export const dialogs: Place[] = [
  { name: 'an expired session', path: () => '/me', act: expire },
  { name: 'a replay', path: ({ letter }) => `/dead-letters/${letter}`, act: (page) => press(page, 'Replay…') },
  { name: 'a discard', path: ({ letter }) => `/dead-letters/${letter}`, act: (page) => press(page, 'Discard…') },
  { name: 'a role', path: ({ user }) => `/users/${user}`, act: (page) => press(page, 'Make a user') },
  { name: 'a locked account', path: ({ user }) => `/users/${user}`, act: (page) => press(page, 'Disable') },
  {
    name: 'a stopped operation',
    path: ({ operation }) => `/operations/${operation}`,
    act: async (page) => {
      // It may be over by now.
      await page.route('**/v1/admin/operations/*', async (route) => {
        const told = await route.fetch();
        await route.fulfill({ response: told, json: { ...(await told.json()), state: 'running', ended_at: null } });
      });
      await page.reload();
      await press(page, 'Stop');
    },
  },
  {
    name: 'signing out everywhere',
    path: () => '/settings',
    act: async (page) => {
      await press(page, 'Your account');
      await page.getByRole('menuitem', { name: 'Sign out everywhere' }).click();
    },
  },
  {
    name: 'the navigation on a phone',
    path: () => '/settings',
    act: async (page) => {
      await page.setViewportSize({ width: 390, height: 844 });
      await press(page, 'Open the navigation');
    },
  },
];
