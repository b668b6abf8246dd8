/** What the URL of this screen says. */

export interface ReferenceSearch extends Record<string, unknown> {
  /** What is looked for. */
  q?: string;
  /** The operation that is shown, by its id. */
  op?: string;
}

export function referenceSearch(query: Record<string, unknown>): ReferenceSearch {
  return { q: text(query.q), op: text(query.op) };
}

// The router reads ?q=404 as a number.
function text(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) || undefined : undefined;
}
