/** What a feature folder tells the shell: its place in the navigation, its screens, its commands. */
import type { IconProps } from '@tabler/icons-react';
import type { ComponentType } from 'react';

export type Role = 'user' | 'admin';

export interface Screen {
  /** A path of the panel, such as `/queues` or `/dead-letters/$id`. No path of the broker may begin alike. */
  path: string;
  /** Loaded when it is first opened. */
  load: () => Promise<{ default: ComponentType }>;
  /** Reads the query of the URL; what it returns is `useSearch`'s. Unknown words are dropped, never an error. */
  search?: (query: Record<string, unknown>) => Record<string, unknown>;
  /** Who may open it; `user` when missing. Others see the screen's name and who may see more. */
  role?: Role;
}

export interface Entry {
  /** Where the navigation leads. */
  path: string;
  icon: ComponentType<IconProps>;
  group: 'mesh' | 'try' | 'people' | 'you';
  /** Within its group, ascending. */
  order: number;
  role?: Role;
  /** The second key of the chord `g KEY`. */
  key: string;
}

/** Exported as `feature` by every `src/features/NAME/feature.ts`; the folder's name is its translations' namespace,
 *  where `title` names it. */
export interface Feature {
  name: string;
  entry?: Entry;
  screens: Screen[];
}
