/** The tester: one call over each line, with what was sent and what came back. */
import { IconSend } from '@tabler/icons-react';
import type { Feature } from '@/app/feature';

export const feature: Feature = {
  name: 'try',
  entry: { path: '/try', icon: IconSend, group: 'try', order: 1, key: 't' },
  screens: [{ path: '/try', load: () => import('./TryScreen') }],
};
