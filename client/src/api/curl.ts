/** A call as a line of the shell, quoted so that it means the same there. The token stays a variable: what is copied is
 *  pasted elsewhere, too. So does what is masked in a body. */
import { mask } from './mask';

export interface CurlCall {
  method: string;
  url: string;
  headers?: Record<string, string>;
  /** Where it is masked the shell puts in `$SECRET`. */
  body?: string;
  /** Sends `$TOKEN`, which the shell puts in. */
  withToken?: boolean;
  /** Shows what comes as it comes. */
  isStream?: boolean;
}

const plain = /^[A-Za-z0-9_./:@%+,=-]+$/;

/** One word of a POSIX shell. */
export function quoted(word: string): string {
  return plain.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

export function curlOf({ method, url, headers = {}, body, withToken, isStream }: CurlCall): string {
  const verb = method === 'GET' ? [] : ['-X', method];
  const parts = [['curl', ...(isStream ? ['-N'] : []), ...verb, quoted(url)].join(' ')];
  if (withToken) parts.push('-H "Authorization: Bearer $TOKEN"');
  for (const [name, value] of Object.entries(headers)) parts.push(`-H ${quoted(`${name}: ${value}`)}`);
  // Not -d: a body that begins with @ would be the name of a file.
  if (body !== undefined) parts.push(`--data-raw ${body.split(mask).map(quoted).join('"$SECRET"')}`);
  return parts.join(' \\\n  ');
}
