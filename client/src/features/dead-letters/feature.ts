/** Dead letters: what nobody could handle, until somebody decides. */
import { IconMailX } from '@tabler/icons-react';
import type { Feature } from '@/app/feature';
import { readSearch } from './filter';

export const feature: Feature = {
  name: 'dead-letters',
  entry: { path: '/dead-letters', icon: IconMailX, group: 'mesh', order: 3, key: 'd', role: 'admin' },
  screens: [
    {
      path: '/dead-letters',
      load: () => import('./DeadLettersScreen'),
      search: (query) => ({ ...readSearch(query) }),
      role: 'admin',
    },
    {
      path: '/dead-letters/$id',
      load: () => import('./LetterScreen'),
      search: (query) => (query.edit === true ? { edit: true } : {}),
      role: 'admin',
    },
  ],
};
