import { IconApi } from '@tabler/icons-react';
import type { Feature } from '@/app/feature';
import { referenceSearch } from './search';

export const feature: Feature = {
  name: 'reference',
  entry: { path: '/reference', icon: IconApi, group: 'try', order: 2, key: 'r' },
  screens: [{ path: '/reference', load: () => import('./ReferenceScreen'), search: referenceSearch }],
};
