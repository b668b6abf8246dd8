/** The navigation on narrow windows: behind the burger. */
import { Drawer } from '@mantine/core';
import { Navigation } from './Navigation';

export default function NavigationDrawer({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  return (
    <Drawer opened={opened} onClose={onClose} position="left" size={260} padding="md" title="Switchboard">
      <Navigation onLeave={onClose} />
    </Drawer>
  );
}
