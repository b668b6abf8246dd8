/** Every English word, in one chunk. */
import { gather } from '../gather';

export default gather(
  import.meta.glob('../locales/en.json', { eager: true, import: 'default' }),
  import.meta.glob('../../features/*/locales/en.json', { eager: true, import: 'default' }),
);
