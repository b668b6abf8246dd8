/** The colour of each tone, for whoever draws a state in another shape than a badge. */
import type { Tone } from './Status';

export const toneColors: Record<Tone, string> = {
  good: 'teal',
  busy: 'indigo',
  warn: 'orange',
  bad: 'red',
  quiet: 'gray',
};
