/** The navigation's groups and entries, in their order. */
import type { Entry } from './feature';
import { features } from './features';

export interface Place extends Entry {
  name: string;
}

export const groups: Entry['group'][] = ['mesh', 'try', 'people', 'you'];

/** All entries, group by group. */
export const places: Place[] = features
  .flatMap(({ name, entry }) => (entry ? [{ ...entry, name }] : []))
  .sort((a, b) => groups.indexOf(a.group) - groups.indexOf(b.group) || a.order - b.order);
