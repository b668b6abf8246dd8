/** How many letters an operation would be about, and how many of them it would leave out, by the server's own rules. */
import type { LetterGroups } from '@/api/types';
import type { Letter, OperationKind } from './api';
import { fetchGroups } from './api';
import type { Filter, State } from './filter';

export interface Count {
  letters: number;
  /** There are more groups than are told of. */
  isLeast: boolean;
}

/** Letters that one operation can be about, and that can be named one by one. */
export const MOST = 200_000;
export const MOST_NAMED = 10_000;
/** Letters a second. */
export const FASTEST = 10_000;

/** A filter without a state means what the operation is for: what is over for a purge, else what is dead. */
export function meant(kind: OperationKind, filter: Filter, force: boolean): Filter[] {
  if (filter.state) return [filter];
  if (kind !== 'purge') return [{ ...filter, state: 'dead' }];
  if (force) return [filter];
  return (['replayed', 'discarded', 'replaced'] as const).map((state) => ({ ...filter, state }));
}

export function total(answers: LetterGroups[]): Count {
  const groups = answers.flatMap((answer) => answer.groups);
  return {
    letters: groups.reduce((sum, group) => sum + group.count, 0),
    isLeast: answers.some((answer) => answer.more),
  };
}

export async function countMeant(
  kind: OperationKind,
  filter: Filter,
  force: boolean,
  signal?: AbortSignal,
): Promise<Count> {
  return total(await Promise.all(meant(kind, filter, force).map((each) => fetchGroups(each, signal))));
}

/** Whether letters of this state are left out, whatever else is known of them. */
function isLeftOut(kind: OperationKind, state: State, force: boolean): boolean {
  if (kind === 'replay') return state !== 'dead' && !(state === 'discarded' && force);
  if (kind === 'discard') return state !== 'dead';
  return state === 'replaying' || (state === 'dead' && !force);
}

export function leftOut(kind: OperationKind, letters: Letter[], force: boolean): number {
  return letters.filter((letter) => isLeftOut(kind, letter.state, force)).length;
}
