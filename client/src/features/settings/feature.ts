import { IconSettings } from '@tabler/icons-react';
import type { Feature } from '@/app/feature';

export const feature: Feature = {
  name: 'settings',
  entry: { path: '/settings', icon: IconSettings, group: 'you', order: 2, key: 's' },
  screens: [{ path: '/settings', load: () => import('./SettingsScreen') }],
};
