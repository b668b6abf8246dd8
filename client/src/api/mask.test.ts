/** Secrets are masked wherever they stand, and all else stays as it came. */
import { describe, expect, it } from 'vitest';
import { isSecret, mask, maskedHeader, maskedJson, maskedText } from './mask';

const signed = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl';

describe('masked JSON', () => {
  it.each([
    ['{"password":"x"}', { password: '***' }],
    ['{"a":[{"token":"x","b":1}]}', { a: [{ token: '***', b: 1 }] }],
    ['{"token":{"value":"x","n":[1,"y"]},"b":"z"}', { token: { value: '***', n: ['***', '***'] }, b: 'z' }],
    ['{"token":["x"],"b":"z"}', { token: ['***'], b: 'z' }],
    ['{"token":{},"b":"z"}', { token: {}, b: 'z' }],
    ['{"refresh_token":null,"access_token":5}', { refresh_token: null, access_token: '***' }],
    ['{"pass\\u0077ord":"x"}', { password: '***' }],
    ['{"a":"password","b":"{\\"token\\":1}"}', { a: 'password', b: '{"token":1}' }],
    [
      '{"new_password":"x","current_password":"y","key":"z","kind":"k"}',
      {
        new_password: '***',
        current_password: '***',
        key: '***',
        kind: 'k',
      },
    ],
    ['[]', []],
    [
      `{"note":"see ${signed}","Password":"x","refreshToken":"y"}`,
      { note: 'see ***', Password: '***', refreshToken: '***' },
    ],
    ['"a, b: {c}"', 'a, b: {c}'],
  ])('masks %s', (text, expected) => {
    expect(JSON.parse(maskedJson(text) ?? '')).toEqual(expected);
  });

  it('is laid out as JSON.stringify does it', () => {
    const value = { a: [], b: {}, c: [1, { d: 'e', f: null }], g: true };
    expect(maskedJson(JSON.stringify(value))).toBe(JSON.stringify(value, null, 2));
  });

  it('keeps the digits of a number that a script cannot hold', () => {
    expect(maskedJson('{"n":123456789012345678901234567890.10}')).toContain('123456789012345678901234567890.10');
  });

  it('leaves what is not JSON to its reader', () => {
    expect(maskedJson('password: x')).toBeUndefined();
  });
});

describe('masked text', () => {
  it('is without secrets where it is not JSON', () => {
    const text = `<p>password=hunter22 token: ${signed} {"refresh_token":"abc"</p>`;
    expect(maskedText(text)).not.toMatch(/hunter22|eyJ|abc/);
  });

  it('is without a password that an answer repeats in another field', () => {
    expect(maskedText('{"detail":"hunter22 is wrong"}', ['hunter22'])).toBe('{\n  "detail": "*** is wrong"\n}');
  });
});

it.each([
  ['authorization', 'Bearer abc', `Bearer ${mask}`],
  ['set-cookie', 'a=b', mask],
  ['content-type', 'text/html', 'text/html'],
])('the header %s: %s is shown as %s', (name, value, shown) => {
  expect(maskedHeader(name, value)).toBe(shown);
});

describe('a name', () => {
  it.each(['password', 'token', 'access_token', 'refreshToken', 'key', 'api_key'])('%s is secret', (name) => {
    expect(isSecret(name)).toBe(true);
  });
  it.each(['token_type', 'keyboard', 'next_cursor', 'passwords_changed'])('%s is not', (name) => {
    expect(isSecret(name)).toBe(false);
  });
});
