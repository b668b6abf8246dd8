/** No screen breaks a rule of WCAG 2.2 AA where there is no data to show, where it fails, or without a network; and no
 *  dialog does. Some of each always, all of them at night. */
import { expectNoViolations } from './axe';
import { dialogs } from './dialogs';
import { signIn } from './fixtures';
import { expect, type Place, places, test, visit } from './places';
import { type State, stage } from './staged';

test.use({ expected: [/Failed to load resource/] });

const states: State[] = ['empty', 'error', 'offline'];
/** What is tried each time; a list, a form, and figures. */
const always = ['queues', 'an expired session', 'a replay'];

/** A letter that could not be loaded has nothing to open, and what asks for nothing looks the same in each state. */
const isTold = ({ name, ready, act }: Place) => !ready && !act && name !== 'try' && name !== 'settings';

const title = (name: string, place: Place) =>
  `axe finds nothing in ${name}${always.includes(place.name) ? '' : ' @nightly'}`;

for (const state of states) {
  for (const place of places.filter((place) => isTold(place))) {
    test(title(`${place.name}, ${state}`, place), async ({ page, mesh, seeded }) => {
      await signIn(page, mesh);
      await stage(page, state);
      await visit(page, place, seeded);
      if (state === 'error') await expect(page.getByRole('alert').first()).toBeVisible();
      await expectNoViolations(page);
    });
  }
}

for (const dialog of dialogs) {
  test(title(`the dialog of ${dialog.name}`, dialog), async ({ page, mesh, seeded }) => {
    await signIn(page, mesh);
    await stage(page);
    const act = async () => {
      await dialog.act?.(page);
      await expect(page.getByRole('dialog')).toBeVisible();
    };
    await visit(page, { ...dialog, act }, seeded);
    await expectNoViolations(page);
  });
}
