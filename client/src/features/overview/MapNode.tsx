/** A node of the map: a door or a service, and how many of its instances are ready. */
import type { Health } from './health';
import type { Placed } from './layout';
import classes from './ServiceMap.module.css';

export function MapNode({ placed, label, health }: { placed: Placed; label: string; health: Health | undefined }) {
  const { x, y, width } = placed;
  return (
    <div
      className={classes.node}
      data-door={placed.isDoor || undefined}
      data-tone={health?.tone}
      style={{ left: x, top: y, width }}
    >
      {health && <span className={classes.dot} />}
      <span className={classes.name}>{label}</span>
      {health && (
        <span className={classes.ready}>
          {health.ready}/{health.total}
        </span>
      )}
    </div>
  );
}
