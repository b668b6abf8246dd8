/** How far an operation is and how long it will take, from what the server tells and when that came. */
import type { Operation } from './api';

/** What was settled when; by this machine's clock alone, as the server's may be another. */
export interface Sample {
  at: number;
  settled: number;
}

/** Milliseconds that are looked back at. */
const WINDOW = 30_000;
/** Below this there is nothing to judge by. */
const SHORTEST = 900;

export function settled(operation: Pick<Operation, 'done' | 'failed' | 'skipped'>): number {
  return operation.done + operation.failed + operation.skipped;
}

/** From 0 to 1; what is about no letter has nothing left. */
export function share(operation: Pick<Operation, 'total' | 'done' | 'failed' | 'skipped'>): number {
  return operation.total > 0 ? Math.min(settled(operation) / operation.total, 1) : 1;
}

/** The samples that still count, with this one; a count that went back is another operation's. */
export function noted(samples: Sample[], sample: Sample): Sample[] {
  const last = samples.at(-1);
  if (last && sample.at <= last.at) return samples;
  if (last && sample.settled < last.settled) return [sample];
  const recent = samples.filter((each) => each.at >= sample.at - WINDOW);
  return [...recent, sample];
}

/** Letters a second; nothing while too little was seen. */
export function measured(samples: Sample[]): number | undefined {
  const [first, last] = [samples[0], samples.at(-1)];
  if (!first || !last || last.at - first.at < SHORTEST) return undefined;
  return ((last.settled - first.settled) * 1000) / (last.at - first.at);
}

/** Of the whole, by the server's own times, once it is over. */
export function average(operation: Operation): number | undefined {
  if (!operation.started_at || !operation.ended_at) return undefined;
  const seconds = (Date.parse(operation.ended_at) - Date.parse(operation.started_at)) / 1000;
  return seconds > 0 ? settled(operation) / seconds : undefined;
}

/** Seconds; nothing where it is over, waits, or is not known yet. */
export function timeLeft(operation: Operation, rate: number | undefined): number | undefined {
  if (operation.state !== 'running' || !rate || rate <= 0) return undefined;
  return Math.max(operation.total - settled(operation), 0) / rate;
}

export function duration(operation: Operation): number | undefined {
  if (!operation.started_at || !operation.ended_at) return undefined;
  return Math.max((Date.parse(operation.ended_at) - Date.parse(operation.started_at)) / 1000, 0);
}
