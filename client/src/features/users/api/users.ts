/** Accounts as admins see them, and what they may do with them. */
import { ask } from '@/api/client';

export interface Account {
  id: string;
  email: string;
  first_name?: string;
  last_name?: string;
  role: string;
  active: boolean;
}

export interface AccountPage {
  users: Account[];
  /** Missing on the last page. */
  next_cursor?: string;
}

export interface Changes {
  role?: 'user' | 'admin';
  active?: boolean;
}

export interface ResetLink {
  token: string;
  expires_at: string;
}

export function listUsers(search: string, cursor: string, signal: AbortSignal): Promise<AccountPage> {
  return ask<AccountPage>('/v1/users', { query: { search, cursor, limit: 50 }, signal, lists: ['users'] });
}

export function showUser(id: string, signal: AbortSignal): Promise<Account> {
  return ask<Account>(pathOf(id), { signal });
}

export function changeUser(id: string, changes: Changes): Promise<Account> {
  return ask<Account>(pathOf(id), { method: 'PATCH', body: changes });
}

export function makeResetLink(id: string): Promise<ResetLink> {
  return ask<ResetLink>(`${pathOf(id)}/reset-link`, { method: 'POST' });
}

function pathOf(id: string): string {
  return `/v1/users/${encodeURIComponent(id)}`;
}

export function nameOf({ first_name = '', last_name = '' }: Account): string {
  return `${first_name} ${last_name}`.trim();
}

/** When the account was made, in milliseconds: a UUIDv7 begins with it (RFC 9562). Undefined for any other id. */
export function createdAt(id: string): number | undefined {
  const hex = /^([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-/i.exec(id);
  return hex ? Number.parseInt(`${hex[1]}${hex[2]}`, 16) : undefined;
}
