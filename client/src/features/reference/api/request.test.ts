/** What was filled in becomes the request that one meant. */
import { describe, expect, it } from 'vitest';
import type { Operation } from './document';
import { curlFor, type Filled, faultsOf, requestOf } from './request';

const operation: Operation = {
  id: 'x',
  method: 'PUT',
  path: '/v1/math/{op}/{numbers}',
  tag: '',
  summary: '',
  description: '',
  auth: 'user',
  timeoutMs: undefined,
  limit: undefined,
  action: undefined,
  parameters: [
    { name: 'op', in: 'path', required: true },
    { name: 'numbers', in: 'path', required: true },
    { name: 'op', in: 'query' },
    { name: 'Prefer', in: 'header' },
  ],
  body: { type: 'application/json', schema: {}, examples: [], isStream: false, required: true },
  answers: [],
  isStream: false,
};
const filled: Filled = { fields: { 'path:op': 'a/b', 'path:numbers': '1,2 ?', 'query:op': 'x&y' }, body: '{"a": 1}' };

describe('a request', () => {
  it('has path and query escaped, each field in its own place', () => {
    expect(requestOf(operation, filled)).toEqual({
      method: 'PUT',
      path: '/v1/math/a%2Fb/1%2C2%20%3F?op=x%26y',
      headers: { 'content-type': 'application/json' },
      body: '{"a": 1}',
      withToken: true,
    });
  });

  it('leaves out what is empty, and the token where nobody asks for it', () => {
    const request = requestOf({ ...operation, auth: 'open' }, { fields: { 'path:op': 'add' }, body: ' ' });
    expect(request).toEqual({
      method: 'PUT',
      path: '/v1/math/add/{numbers}',
      headers: {},
      body: undefined,
      withToken: false,
    });
  });

  it('asks a stream for events', () => {
    expect(requestOf({ ...operation, isStream: true }, filled).headers.accept).toBe('text/event-stream');
  });
});

describe('faults', () => {
  it.each<[string, Filled, string[]]>([
    ['nothing', filled, []],
    ['what is required', { fields: { 'query:op': 'x' }, body: '' }, ['path:op', 'path:numbers', 'body']],
    ['a body that is not JSON', { ...filled, body: '{"a": }' }, ['body']],
  ])('name %s', (_, form, expected) => {
    expect(Object.keys(faultsOf(operation, form))).toEqual(expected);
  });

  it('let a body be left out where it may be', () => {
    const body = operation.body && { ...operation.body, required: false };
    expect(faultsOf({ ...operation, body }, { ...filled, body: '' })).toEqual({});
  });
});

it('masks secrets in what is copied', () => {
  const curl = curlFor(operation, { ...filled, body: '{"password":"hunter2","email":"a@b"}' }, 'http://h');
  expect(curl).not.toContain('hunter2');
  expect(curl).toContain('"email": "a@b"');
  expect(curl).toContain('Bearer $TOKEN');
});
