/** Which letters are meant: the words of the URL, of the broker's query, and of an operation. */

export const states = ['dead', 'replaying', 'replayed', 'discarded', 'replaced'] as const;
export type State = (typeof states)[number];

/** What has to be said letter by letter. */
export const words = ['service', 'queue', 'kind', 'cause', 'since', 'until', 'text'] as const;
export type Word = (typeof words)[number];

export interface Filter extends Partial<Record<Word, string>> {
  /** Missing where every state is meant. */
  state?: State;
}

/** What the URL of the list says. `dead` is what one looks for, and is left out there. */
export interface Search extends Partial<Record<Word, string>> {
  state?: State | 'any';
  view?: 'letters';
}

const LONGEST = 1_000;

/** Of the URL, what is known and can be looked for. */
export function readSearch(query: Record<string, unknown>): Search {
  const search: Search = {};
  for (const word of words) {
    const value = text(query[word]).slice(0, LONGEST).replaceAll('\0', '');
    const isTime = word === 'since' || word === 'until';
    if (value && (!isTime || !Number.isNaN(Date.parse(value)))) search[word] = value;
  }
  const state = [...states, 'any' as const].find((each) => each === query.state);
  if (state && state !== 'dead') search.state = state;
  if (query.view === 'letters') search.view = 'letters';
  return search;
}

/** The router reads `7` and `{"a":1}` as what they are in JSON. */
function text(value: unknown): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

export function filterOf(search: Search): Filter {
  const { state = 'dead', view: _, ...said } = search;
  return state === 'any' ? said : { ...said, state };
}

/** Whether more is said than which state. */
export function isNarrow(search: Search): boolean {
  return words.some((word) => search[word] !== undefined);
}

/** For a control that takes a local date and time to the minute. */
export function toLocal(time: string | undefined): string {
  if (!time) return '';
  const moment = new Date(time);
  if (Number.isNaN(moment.getTime())) return '';
  const two = (value: number) => String(value).padStart(2, '0');
  const date = `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  return `${date}T${two(moment.getHours())}:${two(moment.getMinutes())}`;
}

/** Nothing where the control holds no whole date yet. */
export function fromLocal(value: string): string | undefined {
  const moment = new Date(value);
  return value === '' || Number.isNaN(moment.getTime()) ? undefined : moment.toISOString();
}
