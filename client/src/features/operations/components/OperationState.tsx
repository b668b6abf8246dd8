/** How it stands with an operation; one that runs and waits for something says so. */
import { useTranslation } from 'react-i18next';
import { Status, type Tone } from '@/ui/Status';
import type { Operation } from '../api';

const tones: Record<string, Tone> = { running: 'busy', waiting: 'warn', done: 'good', failed: 'bad', stopped: 'quiet' };

export function OperationState({ operation }: { operation: Operation }) {
  const { t } = useTranslation('operations');
  const state = operation.state === 'running' && operation.error ? 'waiting' : operation.state;
  return <Status tone={tones[state] ?? 'quiet'}>{t(`state.${state}`, { defaultValue: state })}</Status>;
}
