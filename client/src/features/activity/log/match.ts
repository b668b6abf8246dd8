/** What is looked for in the log, as the logger itself understands it, and where in a text it is found. */
import type { Level, Row } from './entry';

export interface Wanted {
  /** In the name or the data, without regard to case. */
  text?: string;
  level?: Level;
  /** Exactly this name. */
  name?: string;
}

export interface Matcher {
  /** Nothing is looked for, so that everything matches. */
  all: boolean;
  matches(row: Row): boolean;
  /** Finds the text, for who highlights it; undefined where no text is looked for. */
  pattern: RegExp | undefined;
}

/** A pattern rather than texts in lower case: it needs no second copy of ten thousand entries. */
export function matcherOf({ text, level, name }: Wanted): Matcher {
  const pattern = text ? new RegExp(text.replace(/[.*+?^${}()|[\]\\/-]/g, '\\$&'), 'i') : undefined;
  return {
    all: !text && !level && !name,
    pattern,
    matches: (row) => {
      // A gap may hide anything, so no filter hides a gap.
      if (row.kind === 'gap') return true;
      const { entry } = row;
      if (level && entry.level !== level) return false;
      if (name && entry.name !== name) return false;
      return !pattern || pattern.test(entry.name) || pattern.test(entry.data);
    },
  };
}

export interface Piece {
  text: string;
  hit: boolean;
  /** Where it begins, which is its key. */
  from: number;
}

/** Splits a text at what is found in it; at most `most` hits are told apart. */
export function pieces(text: string, pattern: RegExp | undefined, most = 50): Piece[] {
  if (!pattern) return [{ text, hit: false, from: 0 }];
  const found: Piece[] = [];
  const global = new RegExp(pattern.source, 'gi');
  let from = 0;
  for (let hit = global.exec(text); hit && most > 0; hit = global.exec(text), most--) {
    if (hit.index > from) found.push({ text: text.slice(from, hit.index), hit: false, from });
    found.push({ text: hit[0], hit: true, from: hit.index });
    from = hit.index + hit[0].length;
  }
  if (from < text.length) found.push({ text: text.slice(from), hit: false, from });
  return found;
}

/** The part of a long text that one line shows: its beginning, or the surroundings of the first hit. */
export function excerpt(text: string, pattern: RegExp | undefined, length = 400): string {
  if (text.length <= length) return text;
  const hit = pattern ? text.search(pattern) : -1;
  if (hit < length / 2) return `${text.slice(0, length)}…`;
  const from = hit - 40;
  return `…${text.slice(from, from + length)}${from + length < text.length ? '…' : ''}`;
}
