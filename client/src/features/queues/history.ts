/** The last five minutes of every queue, kept in memory from what comes over the stream. A value holds until the next
 *  one: the stream is silent while nothing changes. */
import type { Queue } from './types';

/** In milliseconds. */
export const KEPT = 5 * 60_000;
/** Points of one queue; one a second is the most that comes. */
export const MOST_POINTS = 300;
const MOST_QUEUES = 1_000;

/** `null` where nobody can tell, or nobody looked. */
export interface Point {
  at: number;
  depth: number | null;
  ready: number | null;
  unacked: number | null;
  in: number | null;
  out: number | null;
}

export class History {
  private readonly points = new Map<string, Point[]>();
  private latest = 0;

  /** Takes in what was seen at a moment; one that is not newer than the last is left out. */
  add(at: number, queues: Queue[]): void {
    if (at <= this.latest) return;
    this.latest = at;
    for (const queue of queues.slice(0, MOST_QUEUES)) {
      this.push(queue.name, {
        at,
        // Where the engine does not tell all, what can be handed out is the most that is known.
        depth: queue.depth ?? queue.ready,
        ready: queue.ready,
        unacked: queue.unacked,
        in: queue.rate_in,
        out: queue.rate_out,
      });
    }
    for (const [name, points] of this.points) {
      if ((points.at(-1)?.at ?? 0) < at - KEPT) this.points.delete(name);
    }
  }

  /** From here on nobody looks, until the next `add`. */
  pause(at: number): void {
    for (const [name, points] of this.points) {
      const last = points.at(-1);
      if (last && last.at < at && last.depth !== null) {
        this.push(name, { at, depth: null, ready: null, unacked: null, in: null, out: null });
      }
    }
  }

  /** Oldest first. The same array until something comes. */
  of(queue: string): readonly Point[] {
    return this.points.get(queue) ?? none;
  }

  private push(name: string, point: Point): void {
    const points = [...this.of(name), point];
    // One older point stays: its value holds into the time that is shown.
    const first = points.findIndex(({ at }, index) => (points[index + 1]?.at ?? at + KEPT) > point.at - KEPT);
    this.points.set(name, points.slice(Math.max(first, points.length - MOST_POINTS)));
  }
}

const none: readonly Point[] = [];

/** The tab's own: it outlives the screen. */
export const history = new History();
