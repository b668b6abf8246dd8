/** What a language does to words. */

/** A word as it begins a line: states are written small, as they also stand within sentences. */
export function capitalized(word: string, language: string): string {
  return word.slice(0, 1).toLocaleUpperCase(language) + word.slice(1);
}
