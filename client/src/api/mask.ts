/** What is secret is not put on a screen, where others look on. JSON is read as text, not as values: numbers that a
 *  script cannot hold stay as they were sent. */

const secret =
  /^((new|current|old)_?)?(password|passwd)$|^(client_?)?secret$|^((access|refresh|id)_?)?token$|^(api_?)?key$|^authorization$|^(set-)?cookie$/i;
export const mask = '***';

/** A signed token, by its three parts, whatever its field is called. */
const signed = /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g;
/** In text that is not JSON, such as a broken one: the name, and what it is said to be. */
const named = /("?(?:password|access_token|refresh_token|token)"?\s*[:=]\s*)("(?:[^"\\]|\\.)*"?|[^\s,&}]+)/gi;

export function isSecret(name: string): boolean {
  return secret.test(name);
}

const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
const pause = { '{': '}', '[': ']' } as const;

/** JSON with two spaces a level and secrets masked; undefined where the text is not JSON. */
export function maskedJson(text: string): string | undefined {
  if (!isJson(text)) return undefined;
  const tokens = text.match(token) ?? [];
  let out = '';
  let depth = 0;
  // The depth at which a secret began; all that is in it is secret.
  let secretFrom: number | undefined;
  const line = () => `\n${'  '.repeat(depth)}`;
  tokens.forEach((word, index) => {
    const next = tokens[index + 1];
    if (word === '{' || word === '[') {
      depth += 1;
      out += next === pause[word] ? word : word + line();
    } else if (word === '}' || word === ']') {
      depth -= 1;
      out += tokens[index - 1] === (word === '}' ? '{' : '[') ? word : line() + word;
      if (depth === secretFrom) secretFrom = undefined;
    } else if (word === ',') {
      out += word + line();
    } else if (word === ':') {
      out += ': ';
    } else if (next === ':') {
      out += word;
      if (secretFrom === undefined && isSecret(String(JSON.parse(word)))) secretFrom = depth;
    } else {
      out += secretFrom === undefined || word === 'null' ? word.replace(signed, mask) : `"${mask}"`;
      if (depth === secretFrom) secretFrom = undefined;
    }
  });
  return out;
}

/** A body for the screen: JSON as `maskedJson` has it, anything else as it is but for what looks like a secret. `secrets`
 *  are masked wherever they stand: an answer that repeats what was sent does so in any field. */
export function maskedText(text: string, secrets: readonly string[] = []): string {
  let masked = maskedJson(text) ?? text.replace(signed, mask).replace(named, (_, name) => name + mask);
  for (const each of secrets) if (each.length >= 4) masked = masked.replaceAll(each, mask);
  return masked;
}

export function maskedHeader(name: string, value: string): string {
  if (!isSecret(name)) return value.replace(signed, mask);
  return /^bearer /i.test(value) ? `Bearer ${mask}` : mask;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
