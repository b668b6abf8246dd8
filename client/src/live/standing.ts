/** How it stands with the connection, and who is told when that changes. */
import type { LiveState } from './live';

export interface ConnectionState {
  state: LiveState;
  /** In milliseconds of `Date.now()`; 0 while idle. */
  since: number;
  idle?: boolean;
}

/** Nobody watches anything: there is no connection, and nothing that could be out of date. */
const idle: ConnectionState = { state: 'live', since: 0, idle: true };

export class Standing {
  private readonly watchers = new Set<() => void>();
  private now: ConnectionState = idle;

  current(): ConnectionState {
    return this.now;
  }

  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** Without a state it is idle. `changed` is called before anybody is told, and not where nothing is new. */
  become(state: LiveState | undefined, changed: () => void): void {
    const next = state === undefined ? idle : { state, since: Date.now() };
    if (this.now.state === next.state && this.now.idle === next.idle) return;
    this.now = next;
    changed();
    for (const watcher of this.watchers) watcher();
  }
}
