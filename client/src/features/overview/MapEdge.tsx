/** An edge of the map: the wider, the more calls; red where some fail; its figure stands where it arrives. */
import classes from './ServiceMap.module.css';

export interface Edge {
  id: string;
  from: { x: number; y: number };
  to: { x: number; y: number };
  /** Downwards, between nodes of one column. */
  isDown: boolean;
  figure: string;
  calls: number;
  hasErrors: boolean;
}

export function MapEdge({ edge }: { edge: Edge }) {
  const { from, to, isDown } = edge;
  const half = (to.x - from.x) / 2;
  const path = isDown
    ? `M${from.x} ${from.y}V${to.y}`
    : `M${from.x} ${from.y}C${from.x + half} ${from.y} ${to.x - half} ${to.y} ${to.x} ${to.y}`;
  const at = isDown ? { x: from.x + 10, y: (from.y + to.y) / 2 } : { x: to.x - 8, y: to.y };
  return (
    <g className={edge.hasErrors ? classes.failing : edge.calls > 0 ? classes.busy : classes.idle}>
      <path d={path} className={classes.edge} strokeWidth={Math.min(4, 1.25 + Math.log10(1 + edge.calls))} />
      <text {...at} className={classes.figure} data-down={isDown || undefined}>
        {edge.figure}
      </text>
    </g>
  );
}
