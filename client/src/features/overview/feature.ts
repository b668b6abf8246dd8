import { IconLayoutDashboard } from '@tabler/icons-react';
import type { Feature } from '@/app/feature';

export const feature: Feature = {
  name: 'overview',
  entry: { path: '/overview', icon: IconLayoutDashboard, group: 'mesh', order: 1, key: 'o', role: 'admin' },
  screens: [{ path: '/overview', load: () => import('./OverviewScreen'), role: 'admin' }],
};
