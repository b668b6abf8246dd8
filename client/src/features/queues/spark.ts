/** A tiny chart as the path of an SVG: what is held stays level, what is unknown is a gap. */
import { KEPT, type Point } from './history';

export interface Box {
  width: number;
  height: number;
}

/** From five minutes before `now` on the left to `now` on the right; 0 at the bottom, the highest at the top. */
export function sparkPath(points: readonly Point[], now: number, { width, height }: Box): string {
  const highest = Math.max(1, ...points.map(({ depth }) => depth ?? 0));
  const x = (at: number) => round(Math.min(1, Math.max(0, 1 - (now - at) / KEPT)) * width);
  const y = (depth: number) => round(height - 1 - (depth / highest) * (height - 2));
  let path = '';
  let isDrawing = false;
  for (const [index, { at, depth }] of points.entries()) {
    const until = points[index + 1]?.at ?? now;
    if (depth === null) {
      isDrawing = false;
      continue;
    }
    if (until < now - KEPT) continue;
    path += isDrawing ? `V${y(depth)}` : `M${x(at)} ${y(depth)}`;
    path += `H${x(until)}`;
    isDrawing = true;
  }
  return path;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
