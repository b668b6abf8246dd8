/** A state in a word and a colour, never in a colour alone. It begins with a capital, whatever the word does in a sentence. */
import { Badge } from '@mantine/core';
import { toneColors } from './tones';

export type Tone = 'good' | 'busy' | 'warn' | 'bad' | 'quiet';

export function Status({ tone, children }: { tone: Tone; children: string }) {
  return (
    <Badge color={toneColors[tone]} variant="light" size="sm" radius="sm">
      {children}
    </Badge>
  );
}
