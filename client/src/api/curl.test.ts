/** What is copied means in a shell what was sent: a real shell is asked. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { curlOf, quoted } from './curl';

/** The words that curl would be given, by a shell whose `curl` is a function that prints them. */
function words(line: string): string[] {
  const script = `curl() { for word in "$@"; do printf '%s\\0' "$word"; done; }\nTOKEN=t0ken SECRET='pa$$ word'\n${line}`;
  const text = execFileSync('sh', ['-c', script], { encoding: 'utf8' });
  return text.split('\0').slice(0, -1);
}

describe('a quoted word', () => {
  it.each([
    'plain',
    '',
    "it's",
    '$HOME `id` $(id) "x" \\',
    'two\nlines',
    "''",
    '*?[a]{b,c}',
    '-x ! # ~ & | ; < >',
    'ä ☎ …',
  ])('is the same word in a shell: %j', (word) => {
    expect(words(`curl ${quoted(word)}`)).toEqual([word]);
  });
});

describe('a call as curl', () => {
  it.each([
    [{ method: 'GET', url: 'http://h/v1/logs?a=1&b=2' }, ['http://h/v1/logs?a=1&b=2']],
    [{ method: 'DELETE', url: 'http://h/x' }, ['-X', 'DELETE', 'http://h/x']],
    [{ method: 'GET', url: 'http://h/t', isStream: true }, ['-N', 'http://h/t']],
    [
      { method: 'POST', url: 'http://h/x', body: `{"a":"it's @ $5"}`, headers: { 'content-type': 'application/json' } },
      ['-X', 'POST', 'http://h/x', '-H', 'content-type: application/json', '--data-raw', `{"a":"it's @ $5"}`],
    ],
    [
      { method: 'POST', url: 'http://h/x', body: `{"email":"o'hara@example.com","password":"***"}` },
      ['-X', 'POST', 'http://h/x', '--data-raw', `{"email":"o'hara@example.com","password":"pa$$ word"}`],
    ],
    [{ method: 'GET', url: 'http://h/x', withToken: true }, ['http://h/x', '-H', 'Authorization: Bearer t0ken']],
  ])('gives curl its words: %j', (call, expected) => {
    expect(words(curlOf(call))).toEqual(expected);
  });

  it('holds the name of the token only', () => {
    expect(curlOf({ method: 'GET', url: 'http://h/x', withToken: true })).toContain('$TOKEN');
  });
});
