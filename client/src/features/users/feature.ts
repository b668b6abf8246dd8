import { IconUsers } from '@tabler/icons-react';
import type { Feature } from '@/app/feature';
import { usersSearch } from './search';

export const feature: Feature = {
  name: 'users',
  entry: { path: '/users', icon: IconUsers, group: 'people', order: 1, key: 'u', role: 'admin' },
  screens: [
    { path: '/users', load: () => import('./UsersScreen'), search: usersSearch, role: 'admin' },
    { path: '/users/$id', load: () => import('./UserScreen'), search: usersSearch, role: 'admin' },
  ],
};
