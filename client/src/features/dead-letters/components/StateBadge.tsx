/** What became of a letter, in a word and a colour. */
import { useTranslation } from 'react-i18next';
import { Status, type Tone } from '@/ui/Status';
import type { State } from '../filter';

const tones: Record<State, Tone> = {
  dead: 'bad',
  replaying: 'busy',
  replayed: 'good',
  discarded: 'quiet',
  replaced: 'quiet',
};

export function StateBadge({ state }: { state: State }) {
  const { t } = useTranslation('dead-letters');
  return <Status tone={tones[state] ?? 'quiet'}>{t(`state.${state}`, { defaultValue: state })}</Status>;
}
