/** What the panel reads from an account beyond what it is told. */
import { expect, it } from 'vitest';
import { createdAt, nameOf } from './users';

it.each([
  ['017f22e2-79b0-7cc3-98c4-dc0c0c07398f', Date.UTC(2022, 1, 22, 19, 22, 22)],
  ['017F22E2-79B0-7CC3-98C4-DC0C0C07398F', Date.UTC(2022, 1, 22, 19, 22, 22)],
  ['919108f7-52d1-4320-9bac-f847db4148a8', undefined],
  ['ada', undefined],
])('the id %s tells when the account was made', (id, expected) => {
  expect(createdAt(id)).toBe(expected);
});

it.each([
  [{ first_name: 'Ada', last_name: 'Lovelace' }, 'Ada Lovelace'],
  [{ first_name: '', last_name: 'Lovelace' }, 'Lovelace'],
  [{}, ''],
])('the name of %j is %j', (parts, expected) => {
  expect(nameOf({ id: '', email: '', role: 'user', active: true, ...parts })).toBe(expected);
});
