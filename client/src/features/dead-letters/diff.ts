/** What an edit changes, line by line, with a few lines around it. */
import { structuredPatch } from 'diff';

export interface Line {
  kind: 'added' | 'removed' | 'same';
  text: string;
  /** In the letter and in its copy; nothing where the line is not there. */
  before: number | undefined;
  after: number | undefined;
}

export interface Change {
  hunks: Line[][];
  added: number;
  removed: number;
}

const AROUND = 3;
/** Milliseconds; two texts that have nothing in common would take minutes. */
const PATIENCE = 500;

/** Nothing where the texts differ too much to tell in time. */
export function compare(before: string, after: string): Change | undefined {
  const options = { context: AROUND, timeout: PATIENCE };
  const patch = structuredPatch('', '', before, after, undefined, undefined, options);
  if (!patch) return undefined;
  const hunks = patch.hunks.map((hunk) => lines(hunk.lines, hunk.oldStart, hunk.newStart));
  const count = (kind: Line['kind']) => hunks.flat().filter((line) => line.kind === kind).length;
  return { hunks, added: count('added'), removed: count('removed') };
}

function lines(marked: string[], beforeStart: number, afterStart: number): Line[] {
  let [before, after] = [beforeStart, afterStart];
  const told: Line[] = [];
  for (const line of marked) {
    const text = line.slice(1);
    if (line.startsWith('+')) told.push({ kind: 'added', text, before: undefined, after: after++ });
    else if (line.startsWith('-')) told.push({ kind: 'removed', text, before: before++, after: undefined });
    else if (line.startsWith(' ')) told.push({ kind: 'same', text, before: before++, after: after++ });
  }
  return told;
}
