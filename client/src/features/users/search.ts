/** What the URL of the list says; a user's page keeps it for the way back. */

export interface UsersSearch extends Record<string, unknown> {
  /** What is looked for in names and e-mails. */
  q?: string;
}

export function usersSearch(query: Record<string, unknown>): UsersSearch {
  // The router reads ?q=404 as a number.
  const q = typeof query.q === 'string' || typeof query.q === 'number' ? String(query.q) : '';
  return { q: q || undefined };
}
