/** The calls of the tester that people know, by the paths that they know. A password is masked wherever the body is shown. */
import { mask } from '@/api/mask';

export type TryName = 'broker' | 'auth' | 'rabbitmq' | 'grpc' | 'log';

export interface Try {
  name: TryName;
  method: 'POST';
  path: string;
  /** What is sent if nobody edits it; undefined for a call without a body. */
  body: string | undefined;
  /** Where the machine is not the caller's alone, the row asks for a user. */
  signedIn: boolean;
}

const pretty = (value: unknown) => JSON.stringify(value, null, 2);
const entry = (data: string) => ({ name: 'event', level: 'INFO', data });

export const tries: readonly Try[] = [
  { name: 'broker', method: 'POST', path: '/', body: undefined, signedIn: false },
  {
    name: 'auth',
    method: 'POST',
    path: '/handle',
    body: authBody('admin@example.com'),
    signedIn: false,
  },
  {
    name: 'rabbitmq',
    method: 'POST',
    path: '/rabbitmq-logger',
    body: pretty(entry('hello over RabbitMQ')),
    signedIn: true,
  },
  { name: 'grpc', method: 'POST', path: '/grpc-logger', body: pretty(entry('hello over gRPC')), signedIn: true },
  {
    name: 'log',
    method: 'POST',
    path: '/handle',
    body: pretty({ action: 'log', log: entry('hello by an action') }),
    signedIn: true,
  },
];

export function authBody(email: string): string {
  return pretty({ action: 'auth', auth: { email, password: mask } });
}

/** The body with the password in the place that stands for it. */
export function withPassword(body: string, password: string): string {
  return body.replaceAll(JSON.stringify(mask), () => JSON.stringify(password));
}
