/** A text in a cell: cut off where it is too long, and in full where one points at it. */
import classes from './Clipped.module.css';

export function Clipped({ children, strong }: { children: string; strong?: boolean }) {
  return (
    <span className={classes.clipped} title={children} data-strong={strong || undefined}>
      {children}
    </span>
  );
}
