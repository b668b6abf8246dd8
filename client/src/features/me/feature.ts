import { IconUser } from '@tabler/icons-react';
import type { Feature } from '@/app/feature';

export const feature: Feature = {
  name: 'me',
  entry: { path: '/me', icon: IconUser, group: 'you', order: 1, key: 'm' },
  screens: [{ path: '/me', load: () => import('./MeScreen') }],
};
