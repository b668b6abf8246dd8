/** Where to go on in each log, as the server wrote it: one text for all, each cursor under its whole topic. */

/** The cursors of what is still watched: another's would only cost the server. */
export function resumable(lastId: string, topics: string[]): string {
  const cursors = new URLSearchParams(lastId);
  for (const name of [...cursors.keys()]) if (!topics.includes(name)) cursors.delete(name);
  return cursors.toString();
}

export function hasCursor(lastId: string, topic: string): boolean {
  return new URLSearchParams(lastId).has(topic);
}
