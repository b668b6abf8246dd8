/** One message of `/v1/live`, read from an event of the stream. */
import { Problem } from '@/api/problem';

export type Message =
  | { event: 'hello' }
  | { event: 'snapshot'; topic: string; data: unknown }
  | { event: 'entries'; topic: string; entries: { id: string }[] }
  | { event: 'gap'; topic: string | undefined; missed: number | undefined }
  | { event: 'problem'; topic: string; problem: Problem; ended: boolean };

/** Nothing where it is none of what was agreed: a newer server may say more, a broken one anything. */
export function parse(
  event: string,
  data: string,
): Message | { event: 'bye'; reason: string; pause: number } | undefined {
  let told: Record<string, unknown>;
  try {
    told = JSON.parse(data) ?? {};
  } catch {
    return undefined;
  }
  const topic = typeof told.topic === 'string' ? told.topic : undefined;
  if (event === 'hello') return { event };
  if (event === 'bye') return { event, reason: String(told.reason), pause: numberOf(told.reconnect_ms) ?? 0 };
  if (event === 'gap') return { event, topic, missed: numberOf(told.missed) };
  if (event === 'entries') {
    // Too long a line to be read is as good as lost, whoever's it was.
    if (topic === undefined || !Array.isArray(told.entries)) return { event: 'gap', topic, missed: undefined };
    return { event, topic, entries: told.entries.filter((entry) => typeof entry?.id === 'string') };
  }
  if (topic === undefined) return undefined;
  if (event === 'snapshot') return { event, topic, data: told.data };
  if (event === 'problem') return { event, topic, problem: problemIn(told), ended: told.ended === true };
  return undefined;
}

function problemIn(told: Record<string, unknown>): Problem {
  const said = (told.problem ?? {}) as Record<string, unknown>;
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return new Problem({
    title: text(said.title) ?? 'unknown',
    status: numberOf(said.status) ?? 0,
    detail: text(said.detail),
    code: text(said.code),
    traceId: text(said.trace_id),
    retryAfter: numberOf(told.retry_after),
  });
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}
