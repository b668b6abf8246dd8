/** One's own account against a server of one page: what is sent, where errors stand, and what is shown once. */
import { configure, fireEvent, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { session } from '@/session/session';
import { renderIn } from '@/testing/render';
import { Addresses } from './Addresses';
import { ApiKeys } from './ApiKeys';
import { DeleteAccount } from './DeleteAccount';
import { Email } from './Email';
import { Password } from './Password';
import { Sessions } from './Sessions';

// A form takes seconds to fill where other work has the machine.
configure({ asyncUtilTimeout: 10_000 });
vi.setConfig({ testTimeout: 60_000 });

const ada = { id: 'a', email: 'ada@example.com', first_name: 'Ada', last_name: 'Lovelace', role: 'user' };
const at = '2026-01-02T03:04:05Z';
type Answer = (body: Record<string, unknown>, path: string) => Response;
let routes: Record<string, Answer> = {};
let sent: { call: string; body: Record<string, unknown> }[] = [];

const json = (body: unknown, status = 200) => new Response(JSON.stringify(body), { status });
const wrong = (field: string, detail: string, status = 400) =>
  json({ title: 'Bad Request', detail: `${field}: ${detail}`, errors: [{ field, detail }] }, status);
const fill = (label: string, value: string) =>
  fireEvent.change(screen.getByLabelText(label, { selector: 'input, select' }), { target: { value } });
const press = (name: string | RegExp) => userEvent.click(screen.getByRole('button', { name }));

beforeEach(() => {
  sent = [];
  routes = {};
  vi.spyOn(session, 'token').mockResolvedValue('t1');
  vi.stubGlobal('fetch', async (url: URL, init: RequestInit) => {
    const call = `${init.method} ${new URL(url).pathname}`;
    const body = init.body ? JSON.parse(String(init.body)) : {};
    sent.push({ call, body });
    return routes[call]?.(body, call) ?? json({ title: `no ${call}` }, 404);
  });
});
afterEach(() => vi.unstubAllGlobals());

test('a refused password stands at its field, and the e-mail is changed with the right one', async () => {
  const changed = vi.spyOn(session, 'changed').mockReturnValue(undefined);
  routes['POST /v1/me/email'] = (body) =>
    body.password === 'right'
      ? json({ ...ada, email: body.email })
      : wrong('password', 'is not the password of this account', 403);
  renderIn(<Email user={ada} />);
  expect(screen.getByRole('button', { name: 'Change e-mail' })).toBeDisabled();
  fill('E-mail', 'ada@example.org');
  fill('Current password', 'wrong');
  await press('Change e-mail');
  expect(await screen.findByText('is not the password of this account')).toBeInTheDocument();
  expect(screen.getByLabelText('Current password')).toBeInvalid();
  fill('Current password', 'right');
  await press('Change e-mail');
  expect(await screen.findByText(/^Changed/)).toBeInTheDocument();
  expect(changed).toHaveBeenCalledWith({ ...ada, email: 'ada@example.org' });
  expect(screen.getByLabelText('Current password')).toHaveValue('');
});

test('a new password that is refused keeps what was typed, one that is taken does not', async () => {
  routes['POST /v1/me/password'] = ({ new_password }) =>
    new_password === '12345678'
      ? wrong('new_password', 'is one of the most common passwords')
      : json({ sessions_ended: 2 });
  renderIn(<Password email={ada.email} />);
  fill('Current password', 'old');
  fill('New password', '12345678');
  await press('Change password');
  expect(await screen.findByText('is one of the most common passwords')).toBeInTheDocument();
  expect(screen.getByLabelText('Current password')).toHaveValue('old');
  fill('New password', 'zebra-hunter-2');
  await press('Change password');
  expect(await screen.findByText('Changed; 2 other sessions ended')).toBeInTheDocument();
  expect(screen.getByLabelText('New password')).toHaveValue('');
});

test('addresses are added, changed and removed', async () => {
  let addresses: Record<string, unknown>[] = [];
  routes['GET /v1/me/addresses'] = () => json({ addresses });
  routes['POST /v1/me/addresses'] = (body) => {
    if (body.country === '') return wrong('country', 'must be a country of two letters');
    addresses = [{ id: '1', created_at: at, ...body }];
    return json(addresses[0], 201);
  };
  routes['PUT /v1/me/addresses/1'] = (body) => {
    addresses = [{ id: '1', created_at: at, ...body }];
    return json(addresses[0]);
  };
  routes['DELETE /v1/me/addresses/1'] = () => {
    addresses = [];
    return json({});
  };
  renderIn(<Addresses />);
  expect(await screen.findByText('You have no address yet.')).toBeInTheDocument();
  await press('Add address');
  fill('Name', 'Ada Lovelace');
  fill('Street and number', '12 St James’s Square');
  fill('City', 'London');
  await press('Add address');
  expect(await screen.findByText('must be a country of two letters')).toBeInTheDocument();
  fill('Country', 'GB');
  await press('Add address');
  expect(await screen.findByText('12 St James’s Square, London, United Kingdom')).toBeInTheDocument();
  await press('Edit the address of Ada Lovelace');
  fill('City', 'Paris');
  fill('Country', 'FR');
  await press('Save');
  expect(await screen.findByText(/Paris, France/)).toBeInTheDocument();
  await press('Remove the address of Ada Lovelace');
  expect(sent.filter(({ call }) => call.startsWith('DELETE'))).toHaveLength(0);
  await press('Remove it');
  expect(await screen.findByText('You have no address yet.')).toBeInTheDocument();
  // The roles of 250 countries take jsdom a while.
}, 30_000);

test('all other sessions are ended, and this one stays', async () => {
  const of = (id: string, current = false) => {
    const device = 'Chrome on Linux';
    return {
      id,
      device,
      address: '127.0.0.1',
      browser: true,
      current,
      created_at: at,
      last_seen_at: at,
      expires_at: at,
    };
  };
  let sessions = [of('1', true), of('2'), of('3')];
  routes['GET /v1/sessions'] = () => json({ sessions });
  const end: Answer = (_, call) => {
    sessions = sessions.filter(({ id }) => !call.endsWith(id));
    return new Response(null, { status: 204 });
  };
  routes['DELETE /v1/sessions/2'] = end;
  // The third ends by itself in the meantime: 404.
  renderIn(<Sessions />);
  const list = await screen.findByRole('list', { name: 'Sessions' });
  expect(await within(list).findAllByText('Chrome on Linux')).toHaveLength(3);
  await press('End the 2 others');
  await press('End it');
  expect(await screen.findByRole('button', { name: 'End the other one' })).toBeInTheDocument();
  expect(screen.queryByRole('alert')).not.toBeInTheDocument();
  const calls = sent.map(({ call }) => call);
  expect(calls).toContain('DELETE /v1/sessions/3');
  expect(calls).not.toContain('DELETE /v1/sessions/1');
});

test('a key is shown once, and only admins may make one for admins', async () => {
  let keys: Record<string, unknown>[] = [];
  routes['GET /v1/me/api-keys'] = () => json({ api_keys: keys });
  routes['POST /v1/me/api-keys'] = (body) => {
    if (body.name === '') return wrong('name', 'must not be empty');
    keys = [{ id: '1', name: body.name, roles: body.roles, created_at: at }];
    return json({ ...keys[0], key: 'sbk_1_secret' }, 201);
  };
  renderIn(<ApiKeys role="user" />);
  await userEvent.click(await screen.findByRole('button', { name: 'Make a key' }));
  expect(screen.getByRole('option', { name: 'admins may' })).toBeDisabled();
  await press('Make a key');
  expect(await screen.findByText('must not be empty')).toBeInTheDocument();
  fill('Name', 'nightly');
  fill('Good for', '');
  await press('Make a key');
  expect(await screen.findByText('sbk_1_secret')).toBeInTheDocument();
  expect(sent.at(-2)?.body).toEqual({ name: 'nightly', roles: ['user'] });
  await press('I have kept it');
  expect(screen.queryByText('sbk_1_secret')).not.toBeInTheDocument();
  expect(await screen.findByRole('button', { name: 'Revoke the key nightly' })).toBeInTheDocument();
});

test('the account is deleted only with its e-mail typed and its password', async () => {
  const forget = vi.spyOn(session, 'forget').mockReturnValue(undefined);
  routes['DELETE /v1/me'] = ({ password }) =>
    password === 'right' ? json({}) : wrong('password', 'is not the password of this account', 403);
  renderIn(<DeleteAccount email="ada@example.com" />);
  await press(/Delete my account/);
  fill('Current password', 'wrong');
  expect(screen.getByRole('button', { name: 'Delete my account' })).toBeDisabled();
  fireEvent.submit(screen.getByRole('form'));
  expect(sent).toHaveLength(0);
  fill('Type ada@example.com to confirm', 'ada@example.com');
  await press('Delete my account');
  expect(await screen.findByText('is not the password of this account')).toBeInTheDocument();
  expect(forget).not.toHaveBeenCalled();
  fill('Current password', 'right');
  await press('Delete my account');
  await vi.waitFor(() => expect(forget).toHaveBeenCalled());
});
