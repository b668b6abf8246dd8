/** What was typed of a letter and not saved yet. It outlives a reload and the end of a session, in this tab alone. */

export interface Draft {
  text: string;
  kind: string;
}

const key = (letter: string) => `switchboard.letter.${letter}`;

export function readDraft(letter: string): Draft | undefined {
  try {
    const draft: unknown = JSON.parse(sessionStorage.getItem(key(letter)) ?? 'null');
    if (typeof draft !== 'object' || draft === null) return undefined;
    const { text, kind } = draft as Partial<Draft>;
    return typeof text === 'string' && typeof kind === 'string' ? { text, kind } : undefined;
  } catch {
    return undefined;
  }
}

/** `false` where the browser has no room for it, or keeps nothing. */
export function keepDraft(letter: string, draft: Draft): boolean {
  try {
    sessionStorage.setItem(key(letter), JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}

export function removeDraft(letter: string): void {
  try {
    sessionStorage.removeItem(key(letter));
  } catch {
    // A browser that keeps nothing has nothing to remove.
  }
}
