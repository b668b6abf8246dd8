/** What a row says of its queue in a word, by the same measure as the alarms of the mesh. */
import type { Tone } from '@/ui/Status';
import type { Queue } from './types';

/** An oldest message of this age, in seconds, is one that somebody should look after. */
const OLD = 60;

export type State = 'paused' | 'lost' | 'deserted' | 'behind' | 'waiting' | 'working' | 'idle';

export const tones: Record<State, Tone> = {
  paused: 'warn',
  lost: 'bad',
  deserted: 'bad',
  behind: 'warn',
  waiting: 'quiet',
  working: 'busy',
  idle: 'quiet',
};

export function stateOf(queue: Queue): State {
  const waiting = queue.ready ?? 0;
  const isConsumed = queue.kind === 'work' || queue.kind === 'suspect' || queue.kind === 'dead';
  const isWorkedOn = queue.kind === 'work' || queue.kind === 'suspect';
  if (queue.paused) return 'paused';
  if (queue.kind === 'unroutable' && waiting > 0) return 'lost';
  if (isConsumed && queue.consumers === 0 && waiting > 0) return 'deserted';
  if (isWorkedOn && (queue.oldest_age_seconds ?? 0) > OLD) return 'behind';
  // Nobody takes from a rung: its messages go on by themselves when their time has come.
  if (queue.kind === 'rung' && waiting > 0) return 'waiting';
  return waiting > 0 || (queue.unacked ?? 0) > 0 || (queue.rate_out ?? 0) > 0 ? 'working' : 'idle';
}

/** The letters that died in this queue, in the words of the search for them; those of others are in none. */
export function lettersOf(queue: Queue): { queue: string } | { service: string } | undefined {
  switch (queue.kind) {
    case 'work':
      return { queue: queue.name };
    case 'suspect':
      return { queue: queue.name.replace(/\.suspect$/, '') };
    case 'dead':
      return queue.service ? { service: queue.service } : undefined;
    default:
      return undefined;
  }
}
