/** How a body is changed on its way, and where the trace of a call is found. */
import { expect, it } from 'vitest';
import { mask } from '@/api/mask';
import { passwordIn, withEmail } from './auth';
import { traceOf } from './send';
import { authBody, withPassword } from './tries';

it('puts the password where its mask stands, with signs that JSON and patterns know', () => {
  const body = withPassword(authBody('a@example.com'), '"$&\\');
  expect(JSON.parse(body).auth.password).toBe('"$&\\');
});

it('finds a password that was typed into the body, and not its mask', () => {
  expect(passwordIn(authBody('a@example.com').replace(mask, 'typed'))).toBe('typed');
  expect(passwordIn(authBody('a@example.com'))).toBeUndefined();
  expect(passwordIn('{')).toBeUndefined();
});

it('changes the e-mail and keeps the rest of an edited body', () => {
  const body = withEmail('{"action":"auth","auth":{"email":"a","more":1}}', 'b');
  expect(JSON.parse(body ?? '')).toEqual({ action: 'auth', auth: { email: 'b', more: 1 } });
});

it('reads the trace from the header, the problem, or the id of the request', () => {
  const trace = '0af7651916cd43dd8448eb211c80319c';
  expect(traceOf(new Headers({ traceparent: `00-${trace}-b7ad6b7169203331-01` }), {})).toBe(trace);
  expect(traceOf(new Headers(), { trace_id: 'of-problem' })).toBe('of-problem');
  expect(traceOf(new Headers({ 'x-request-id': 'of-request' }), undefined)).toBe('of-request');
  expect(traceOf(new Headers(), null)).toBeUndefined();
});
