import { expect, it } from 'vitest';
import { leftOut, meant, total } from './count';
import { group, letter } from './examples';

it('a filter without a state means what the operation is for, as the server takes it', () => {
  expect(meant('replay', { queue: 'q' }, true)).toEqual([{ queue: 'q', state: 'dead' }]);
  expect(meant('discard', {}, false)).toEqual([{ state: 'dead' }]);
  expect(meant('purge', {}, false).map((each) => each.state)).toEqual(['replayed', 'discarded', 'replaced']);
  expect(meant('purge', {}, true)).toEqual([{}]);
  expect(meant('purge', { state: 'dead' }, false)).toEqual([{ state: 'dead' }]);
});

it('letters are counted over all groups, and are at least so many where there are more groups', () => {
  const answers = [
    { groups: [group, { ...group, count: 6 }], more: false },
    { groups: [], more: true },
  ];
  expect(total(answers)).toEqual({ letters: 1210, isLeast: true });
});

it('letters whose state stands in the way are left out, some of them unless forced', () => {
  const letters = (['dead', 'replaying', 'replayed', 'discarded', 'replaced'] as const).map((state) =>
    letter({ state }),
  );
  expect(leftOut('replay', letters, false)).toBe(4);
  expect(leftOut('replay', letters, true)).toBe(3);
  expect(leftOut('discard', letters, true)).toBe(4);
  expect(leftOut('purge', letters, false)).toBe(2);
  expect(leftOut('purge', letters, true)).toBe(1);
});
