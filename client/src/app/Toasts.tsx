/** Where toasts appear. Apart from the shell, as the page is there before the first of them. */
import { Notifications } from '@mantine/notifications';

export default function Toasts() {
  return <Notifications position="bottom-right" limit={4} />;
}
