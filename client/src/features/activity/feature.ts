/** The log of what happened, as one tail, and the audit for admins. */
import { IconListDetails } from '@tabler/icons-react';
import type { Feature } from '@/app/feature';
import { readSearch } from './search';

export const feature: Feature = {
  name: 'activity',
  entry: { path: '/activity', icon: IconListDetails, group: 'mesh', order: 2, key: 'a' },
  screens: [{ path: '/activity', load: () => import('./ActivityScreen'), search: readSearch }],
};
