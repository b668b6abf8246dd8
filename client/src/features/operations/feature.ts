/** Operations: every replay, discard or purge of dead letters, with how far it is. */
import { IconPlayerPlay } from '@tabler/icons-react';
import type { Feature } from '@/app/feature';

export const feature: Feature = {
  name: 'operations',
  entry: { path: '/operations', icon: IconPlayerPlay, group: 'mesh', order: 4, key: 'p', role: 'admin' },
  screens: [
    { path: '/operations', load: () => import('./OperationsScreen'), role: 'admin' },
    { path: '/operations/$id', load: () => import('./OperationScreen'), role: 'admin' },
  ],
};
