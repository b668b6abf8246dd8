/** How long to wait before the next try: longer each time, and never as long as everybody else. */

const shortest = 500;
const longest = 10_000;

/** Milliseconds, from half a second to ten; `failures` counts from 0. */
export function pauseAfter(failures: number, random: () => number = Math.random): number {
  const most = Math.min(shortest * 2 ** (failures + 1), longest);
  return shortest + random() * (most - shortest);
}
