/** What the address says of this screen; unknown words are dropped. */
import { type Level, levels } from './log/entry';

export type Kind = 'logs' | 'audit';
export type Mode = 'filter' | 'highlight';

export interface ActivitySearch {
  kind?: 'audit';
  q?: string;
  mode?: 'highlight';
  level?: Level;
  name?: string;
  /** How many neighbours of the chosen row are shown on each side, where others are filtered out. */
  context?: number;
  /** The entry that is open beside the log. */
  entry?: string;
}

export const contexts = [3, 10, 25] as const;

function text(value: unknown): string | undefined {
  // The router reads ?q=500 as a number and ?q=true as a truth value; here they are words.
  const word = typeof value === 'string' ? value : typeof value === 'number' || value === true ? String(value) : '';
  return word === '' ? undefined : word.slice(0, 500);
}

export function readSearch(query: Record<string, unknown>): ActivitySearch & Record<string, unknown> {
  const found: ActivitySearch = {
    kind: query.kind === 'audit' ? 'audit' : undefined,
    q: text(query.q),
    mode: query.mode === 'highlight' ? 'highlight' : undefined,
    level: levels.find((level) => level === query.level),
    name: text(query.name),
    context: contexts.find((count) => count === Number(query.context)),
    entry: text(query.entry),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}
