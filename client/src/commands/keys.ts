/** Keys as commands write them (`g q`, `mod+K`, `/`): how an event is told from them, and how they are shown. */

const mac = /mac|iphone|ipad/i.test(navigator.platform);

/** A chord's steps. */
export function steps(keys: string): string[] {
  return keys.split(' ');
}

/** Does something without a modifier, so it must be off while one types. */
export function isCharacter(keys: string): boolean {
  return steps(keys).every((step) => !step.includes('+') && (step.length === 1 || step === 'Escape'));
}

export function matches(event: KeyboardEvent, step: string): boolean {
  const parts = step.length > 1 ? step.split('+') : [step];
  const key = parts[parts.length - 1] ?? '';
  const wants = (name: string) => parts.slice(0, -1).includes(name);
  if (wants('mod') !== (event.ctrlKey || event.metaKey) || wants('alt') !== event.altKey) return false;
  // Where a sign such as `/` or `?` sits differs from keyboard to keyboard; Shift says something for letters only.
  if (/^[a-z]$/i.test(key) && wants('shift') !== event.shiftKey) return false;
  return event.key.toLowerCase() === key.toLowerCase();
}

const names: Record<string, string> = { alt: mac ? '⌥' : 'Alt', shift: '⇧', Escape: 'Esc' };

/** Keyboards have their languages too. */
function nameOf(part: string): string | undefined {
  if (part !== 'mod') return names[part];
  return mac ? '⌘' : document.documentElement.lang === 'de' ? 'Strg' : 'Ctrl';
}

/** What is printed on the keys, step by step. */
export function printed(keys: string): string[][] {
  return steps(keys).map((step) =>
    (step.length > 1 ? step.split('+') : [step]).map(
      (part) => nameOf(part) ?? (part.length === 1 && step.includes('+') ? part.toUpperCase() : part),
    ),
  );
}
