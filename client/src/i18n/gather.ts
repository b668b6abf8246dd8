/** Puts the words of one language together: the shell's, and each feature's under the name of its folder. */

export type Words = Record<string, unknown>;

export function gather(shell: Record<string, unknown>, features: Record<string, unknown>): Record<string, Words> {
  const words: Record<string, Words> = {};
  for (const content of Object.values(shell)) words.shell = content as Words;
  for (const [path, content] of Object.entries(features)) words[path.split('/')[3] ?? ''] = content as Words;
  return words;
}
