/** Where JSON that somebody types is none, with line and column: what engines say differs, and Safari says nothing. */

export type Reason = 'value' | 'end' | 'colon' | 'comma' | 'key' | 'string' | 'number' | 'deep' | 'after';

export interface Mistake {
  /** Of the first character that cannot stand there. */
  offset: number;
  /** Both from 1 on. */
  line: number;
  column: number;
  reason: Reason;
}

/** As deep as the broker reads. */
const DEEPEST = 128;

class Found extends Error {
  constructor(
    readonly offset: number,
    readonly reason: Reason,
  ) {
    super(reason);
  }
}

/** Nothing where the text is JSON. */
export function findMistake(text: string): Mistake | undefined {
  try {
    const end = value(text, space(text, 0), 1);
    const rest = space(text, end);
    if (rest < text.length) throw new Found(rest, 'after');
    return undefined;
  } catch (error) {
    if (!(error instanceof Found)) throw error;
    const before = text.slice(0, error.offset);
    const lineStart = before.lastIndexOf('\n') + 1;
    const line = before.split('\n').length;
    return { offset: error.offset, line, column: error.offset - lineStart + 1, reason: error.reason };
  }
}

function space(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at += 1;
  return at;
}

/** Where the value ends that begins here. */
function value(text: string, at: number, depth: number): number {
  const first = text.charAt(at);
  if (first === '') throw new Found(at, 'end');
  if (first === '"') return string(text, at);
  if (first === '{' || first === '[') {
    if (depth > DEEPEST) throw new Found(at, 'deep');
    return first === '{' ? object(text, at, depth) : array(text, at, depth);
  }
  for (const word of ['true', 'false', 'null']) if (text.startsWith(word, at)) return at + word.length;
  if (first === '-' || (first >= '0' && first <= '9')) return number(text, at);
  throw new Found(at, 'value');
}

function object(text: string, from: number, depth: number): number {
  let at = space(text, from + 1);
  if (text.charAt(at) === '}') return at + 1;
  for (;;) {
    if (text.charAt(at) !== '"') throw new Found(at, at < text.length ? 'key' : 'end');
    at = space(text, string(text, at));
    if (text.charAt(at) !== ':') throw new Found(at, at < text.length ? 'colon' : 'end');
    at = space(text, value(text, space(text, at + 1), depth + 1));
    if (text.charAt(at) === '}') return at + 1;
    if (text.charAt(at) !== ',') throw new Found(at, at < text.length ? 'comma' : 'end');
    at = space(text, at + 1);
  }
}

function array(text: string, from: number, depth: number): number {
  let at = space(text, from + 1);
  if (text.charAt(at) === ']') return at + 1;
  for (;;) {
    at = space(text, value(text, at, depth + 1));
    if (text.charAt(at) === ']') return at + 1;
    if (text.charAt(at) !== ',') throw new Found(at, at < text.length ? 'comma' : 'end');
    at = space(text, at + 1);
  }
}

const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

function string(text: string, from: number): number {
  let at = from + 1;
  for (;;) {
    const character = text.charAt(at);
    if (character === '"') return at + 1;
    if (character === '') throw new Found(at, 'end');
    if (character < ' ') throw new Found(at, 'string');
    if (character === '\\') {
      ESCAPE.lastIndex = at;
      if (!ESCAPE.test(text)) throw new Found(at, 'string');
      at = ESCAPE.lastIndex;
    } else at += 1;
  }
}

function number(text: string, at: number): number {
  NUMBER.lastIndex = at;
  const isNumber = NUMBER.test(text);
  const end = NUMBER.lastIndex;
  if (!isNumber || /[\w.+-]/.test(text.charAt(end))) throw new Found(isNumber ? end : at, 'number');
  return end;
}

/** Whether a number has more digits than are kept on the way. */
export function losesDigits(of: unknown): boolean {
  if (typeof of === 'number') return !Number.isFinite(of) || Math.abs(of) > Number.MAX_SAFE_INTEGER;
  if (typeof of !== 'object' || of === null) return false;
  return Object.values(of).some(losesDigits);
}

export function pretty(of: unknown): string {
  return JSON.stringify(of, null, 2);
}
