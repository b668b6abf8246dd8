/** The e-mail and the password in the body of a try at signing in. */
import { mask } from '@/api/mask';

type Body = { auth?: { email?: unknown; password?: unknown } };

function read(body: string): Body | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return value && typeof value === 'object' ? (value as Body) : undefined;
  } catch {
    return undefined;
  }
}

/** A password that stands in the body itself, and not only its mask. */
export function passwordIn(body: string): string | undefined {
  const password = read(body)?.auth?.password;
  return typeof password === 'string' && password !== '' && password !== mask ? password : undefined;
}

export function emailIn(body: string): string {
  const email = read(body)?.auth?.email;
  return typeof email === 'string' ? email : '';
}

/** The body with another e-mail; the rest stays as it was edited. Undefined where the body cannot be read. */
export function withEmail(body: string, email: string): string | undefined {
  const value = read(body);
  if (!value) return undefined;
  return JSON.stringify({ ...value, auth: { ...value.auth, email } }, null, 2);
}
