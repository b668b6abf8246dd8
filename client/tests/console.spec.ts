/** No screen has a word for the console: with what a real mesh answers, and with nothing that is expected. */
import { signIn } from './fixtures';
import { go, places, test, visit } from './places';

// The fixture of the context asks what the console was told, for each test; here nothing is staged.
test('no screen tells the console of an error', async ({ page, mesh, seeded }) => {
  test.setTimeout(180_000);
  for (const place of places.filter(({ isOutside }) => isOutside)) await visit(page, place, seeded);
  await signIn(page, mesh);
  const inside = places.filter(({ isOutside }) => !isOutside);
  for (const [at, place] of inside.entries()) await (at === 0 ? visit : go)(page, place, seeded);
});
