/** Every German word, in one chunk. */
import { gather } from '../gather';

export default gather(
  import.meta.glob('../locales/de.json', { eager: true, import: 'default' }),
  import.meta.glob('../../features/*/locales/de.json', { eager: true, import: 'default' }),
);
