/** The forms of the entrance, and the dialog of a session that expired, against answers of the test's own. */
import { fireEvent, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { renderIn } from '@/testing/render';
import { RegisterForm } from './RegisterForm';
import { SignInForm } from './SignInForm';
import { ExpiredDialog } from './screens';
import { session } from './session';
import { isLoopback, target } from './target';

interface Sent {
  path: string;
  method: string;
  body: unknown;
  key: string | null;
}

const ada = { id: 'a', email: 'ada@example.com', first_name: 'Ada', last_name: 'Lovelace', role: 'user' };
let sent: Sent[] = [];
let answers: (() => Response)[] = [];

const json = (body: unknown, status = 200, headers = {}) => new Response(JSON.stringify(body), { status, headers });
const granted = () => json({ access_token: 't1', expires_in: 600, user: ada });
const wrong = (field: string, detail: string) =>
  json({ title: 'Bad Request', status: 400, detail: `${field}: ${detail}`, errors: [{ field, detail }] }, 400);

beforeEach(() => {
  sent = [];
  answers = [];
  vi.stubGlobal('fetch', async (url: URL, init: RequestInit) => {
    const { pathname } = new URL(url);
    const key = new Headers(init.headers).get('idempotency-key');
    sent.push({ path: pathname, method: init.method ?? 'GET', body: init.body && JSON.parse(String(init.body)), key });
    const next = answers.shift();
    if (!next) throw new TypeError('no network');
    return next();
  });
});
afterEach(() => {
  session.forget();
  vi.unstubAllGlobals();
});

const fill = (label: string, value: string) => fireEvent.change(screen.getByLabelText(label), { target: { value } });
const submit = (name: string) => userEvent.click(screen.getByRole('button', { name }));

test('signing in sends the browser mode and tells when it is done', async () => {
  const done = vi.fn();
  renderIn(<SignInForm onDone={done} />);
  fill('E-mail', ' ada@example.com');
  fill('Password', 'difference');
  answers.push(granted);
  await submit('Sign in');
  await vi.waitFor(() => expect(done).toHaveBeenCalled());
  expect(sent.at(-1)).toMatchObject({
    path: '/v1/sessions',
    body: { email: 'ada@example.com', password: 'difference', browser: true },
  });
  expect(session.current()).toEqual({ state: 'in', user: ada });
});

test('what is wrong with a field stands at the field', async () => {
  renderIn(<SignInForm />);
  answers.push(() => wrong('email', 'must not be empty'));
  await submit('Sign in');
  expect(await screen.findByText('must not be empty')).toBeInTheDocument();
  expect(screen.getByLabelText('E-mail')).toBeInvalid();
  expect(screen.queryByRole('alert')).not.toBeInTheDocument();
});

test('a wrong password is told of without saying what of it was wrong', async () => {
  renderIn(<SignInForm email="ada@example.com" />);
  answers.push(() => json({ title: 'Unauthorized', detail: 'wrong e-mail or password' }, 401));
  await submit('Sign in');
  expect(await screen.findByRole('alert')).toHaveTextContent('E-mail or password is wrong.');
});

test('too many attempts are counted down, and nothing is sent meanwhile', async () => {
  renderIn(<SignInForm email="ada@example.com" />);
  answers.push(() => json({ title: 'Too Many Requests', detail: 'slow down' }, 429, { 'retry-after': '2' }));
  await submit('Sign in');
  expect(await screen.findByRole('button', { name: 'Again in 2 s' })).toBeDisabled();
  expect(screen.getByRole('alert')).toHaveTextContent('slow down');
  const before = sent.length;
  fill('Password', 'x');
  fireEvent.submit(screen.getByRole('form'));
  expect(sent).toHaveLength(before);
  expect(await screen.findByRole('button', { name: 'Sign in' }, { timeout: 4000 })).toBeEnabled();
});

test('nonsense from the server signs nobody in', async () => {
  renderIn(<SignInForm email="ada@example.com" />);
  for (const answer of ['<html>', '{}', '{"access_token":1,"expires_in":600,"user":{}}', 'null']) {
    answers.push(() => new Response(answer, { status: 200 }));
    await submit('Sign in');
    expect(await screen.findByRole('alert')).toHaveTextContent('not JSON');
    expect(session.current().state).toBe('out');
  }
});

test('a registration that is sent again after a lost answer has the same key, a changed one another', async () => {
  renderIn(<RegisterForm />);
  fill('E-mail', 'ada@example.com');
  fill('Password', 'difference engine');
  await submit('Register');
  expect(await screen.findByRole('alert')).toHaveTextContent('cannot be reached');
  answers.push(() => wrong('password', 'is one of the most common passwords'));
  await submit('Register');
  expect(await screen.findByText('is one of the most common passwords')).toBeInTheDocument();
  fill('First name', 'Ada');
  answers.push(() => json(ada, 201), granted);
  await submit('Register');
  await vi.waitFor(() => expect(session.current().state).toBe('in'));
  const keys = sent.filter(({ path }) => path === '/v1/users').map(({ key }) => key);
  expect(keys).toHaveLength(3);
  expect(keys[0]).toBe(keys[1]);
  expect(keys[2]).not.toBe(keys[0]);
  expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
});

test('an e-mail that is taken is told of at the e-mail', async () => {
  renderIn(<RegisterForm />);
  answers.push(() => json({ title: 'Conflict', detail: 'there is an account', code: 'already_exists' }, 409));
  await submit('Register');
  expect(await screen.findByText('There is an account with this e-mail.')).toBeInTheDocument();
  expect(screen.getByLabelText('E-mail')).toBeInvalid();
});

test('an expired session is taken up again in place', async () => {
  renderIn(<ExpiredDialog />);
  answers.push(granted);
  await session.signIn('ada@example.com', 'x');
  expect(screen.queryByRole('dialog')).not.toBeInTheDocument();
  answers.push(() => json({ title: 'over' }, 401));
  const waiting = session.refused('t1');
  expect(await screen.findByRole('dialog')).toHaveTextContent('Your session has expired');
  expect(screen.getByLabelText('E-mail')).toHaveValue('ada@example.com');
  answers.push(() => json({ access_token: 't2', expires_in: 600, user: ada }));
  fill('Password', 'difference');
  fireEvent.submit(screen.getByRole('form'));
  expect(await waiting).toBe('t2');
  await vi.waitFor(() => expect(screen.queryByRole('dialog')).not.toBeInTheDocument());
});

test.each([
  ['?to=/queues%3Fq%3Dx%23row', '/queues?q=x#row'],
  ['', '/'],
  ['?to=//evil.example', '/'],
  ['?to=https://evil.example', '/'],
  ['?to=/%5Cevil.example', '/'],
  ['?to=/%09/evil.example', '/'],
  ['?to=javascript:alert(1)', '/'],
  ['?to=/sign-in%3Fto%3D/me', '/'],
  ['?to=/sign-up', '/'],
  ['?to=/a/..//evil.example', '/'],
])('after %s one is led to %s', (query, path) => {
  expect(target(query)).toBe(path);
});

test('only this very machine has a development user', () => {
  for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '[::1]', 'panel.localhost'])
    expect(isLoopback(host)).toBe(true);
  for (const host of ['example.com', '127.0.0.1.example.com', 'localhost.example', '10.0.0.1']) {
    expect(isLoopback(host)).toBe(false);
  }
});
