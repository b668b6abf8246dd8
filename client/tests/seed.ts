/** Fills a mesh by its API with a bit of everything that a screen shows: entries of all levels, letters that died, operations
 *  on them, accounts, and what belongs to the administrator's own. */
import { expect } from '@playwright/test';
import type { Mesh } from './mesh';

export interface Seeded {
  letter: string;
  operation: string;
  user: string;
  entry: string;
}

const people = [
  ...['Ada Lovelace', 'Alan Turing', 'Barbara Liskov', 'Dennis Ritchie', 'Donald Knuth', 'Edsger Dijkstra'],
  ...['Grace Hopper', 'John Backus', 'Ken Thompson', 'Margaret Hamilton', 'Niklaus Wirth', 'Tony Hoare'],
];

const said: [name: string, level: string, data: string][] = [
  ['authenticator', 'INFO', 'signed in'],
  ['checkout', 'DEBUG', '{"cart":"c-1841","items":3,"total":"48.20 EUR"}'],
  ['checkout', 'INFO', '{"order":"o-7702","state":"paid"}'],
  ['mailer', 'WARNING', 'the provider answered 451, tried again in 10 s'],
  ['mailer', 'ERROR', 'gave up after 5 attempts: 550 mailbox unavailable'],
  ['search', 'INFO', 'index refreshed: 18,204 documents in 412 ms'],
  ['search', 'DEBUG', 'query "lamp" hit 93 documents'],
];

export async function seed(mesh: Mesh): Promise<Seeded> {
  const token = await mesh.token();
  for (const person of people) {
    const [first_name = '', last_name = ''] = person.split(' ');
    const email = `${first_name}.${last_name}@example.com`.toLowerCase();
    await mesh.call('POST', '/v1/users', { email, password: 'long enough to be one', first_name, last_name });
  }
  const { users } = await mesh.call<{ users: { id: string; email: string }[] }>('GET', '/v1/users', undefined, token);
  const user = users.find(({ email }) => email.startsWith('grace'))?.id ?? '';
  await mesh.call('PATCH', `/v1/users/${user}`, { role: 'admin' }, token);
  const gone = users.find(({ email }) => email.startsWith('john'))?.id ?? '';
  await mesh.call('PATCH', `/v1/users/${gone}`, { active: false }, token);
  const address = { name: 'Ada Lovelace', street: "12 St James's Square", city: 'London', postal_code: 'SW1Y' };
  await mesh.call('POST', '/v1/me/addresses', { ...address, country: 'GB' }, token);
  await mesh.call('POST', '/v1/me/api-keys', { name: 'nightly', roles: ['user'] }, token);

  for (let round = 0; round < 8; round++) {
    for (const [name, level, data] of said) {
      if (round % 2 === 0) await mesh.log(name, data, level);
      else await mesh.call('POST', '/v1/events/logs', { name, level, data });
    }
  }
  for (const [level, count] of [
    [7, 61],
    [42, 27],
    [5, 12],
  ] as const) {
    for (let at = 0; at < count; at++) {
      await mesh.call('POST', '/v1/events/logs', { name: 'checkout', level, data: `order o-${7000 + at} paid` });
    }
  }
  const dead = async () => {
    type Groups = { groups: { count: number }[] };
    const { groups } = await mesh.call<Groups>('GET', '/v1/admin/dead-letters/groups?state=dead', undefined, token);
    return groups.reduce((sum, { count }) => sum + count, 0);
  };
  await expect.poll(dead, { timeout: 60_000 }).toBe(100);
  type Letters = { letters: { id: string }[] };
  const found = await mesh.call<Letters>('GET', '/v1/admin/dead-letters?state=dead&kind=log.7', undefined, token);
  const begin = (body: object) => mesh.call<{ id: string }>('POST', '/v1/admin/operations', body, token);
  const five = { kind: 'log.5', state: 'dead' };
  await begin({ kind: 'discard', filter: five });
  const { id: operation } = await begin({ kind: 'replay', filter: { kind: 'log.42', state: 'dead' }, rate: 2 });
  type Entries = { entries: { id: string; level: string }[] };
  const { entries } = await mesh.call<Entries>('GET', '/v1/logs?limit=50', undefined, token);
  const entry = entries.find(({ level }) => level === 'ERROR')?.id ?? '';
  return { letter: found.letters[0]?.id ?? '', operation, user, entry };
}
