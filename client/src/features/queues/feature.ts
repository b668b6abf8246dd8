import { IconStack2 } from '@tabler/icons-react';
import type { Feature } from '@/app/feature';
import { readSearch } from './types';

export const feature: Feature = {
  name: 'queues',
  entry: { path: '/queues', icon: IconStack2, group: 'mesh', order: 5, key: 'q', role: 'admin' },
  screens: [{ path: '/queues', load: () => import('./QueuesScreen'), search: readSearch, role: 'admin' }],
};
