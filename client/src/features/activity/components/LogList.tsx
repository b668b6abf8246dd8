/** The rows that are in sight, out of thousands. It follows what is new until the user goes up, and while it stands
 *  still the row at the top stays where it is, whatever comes in before it. */
import { type KeyboardEvent, type ReactNode, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Row } from '../log/entry';
import type { Matcher } from '../log/match';
import { near } from '../log/ordered';
import classes from './LogList.module.css';
import { LogRow } from './LogRow';

interface LogListProps {
  label: string;
  rows: readonly Row[];
  neighbours: ReadonlySet<Row>;
  matcher: Matcher;
  /** Grows when `rows` changes in place. */
  version: number;
  /** Whether hits stand out among others. */
  highlight: boolean;
  narrow: boolean;
  following: boolean;
  chosen: Row | undefined;
  onChoose: (row: Row) => void;
  onOpen: (row: Row) => void;
  /** The user went up, or came back to the bottom. */
  onScroll: (at: 'up' | 'bottom') => void;
  /** The first rows are in sight. */
  onTop: () => void;
  /** Above the first row. */
  head: ReactNode;
}

const HEAD = 36;
/** Rows that are drawn above and below those in sight. */
const MORE = 4;
/** More would never be in sight; a box that is not laid out yet may claim any height. */
const MOST = 60;

export function LogList(props: LogListProps) {
  const { rows, chosen, following, narrow, matcher, highlight } = props;
  const height = narrow ? 46 : 28;
  const scroller = useRef<HTMLDivElement>(null);
  const anchor = useRef<{ row: Row; above: number }>(undefined);
  const top = useRef(0);

  // All rows are as high as each other, so where they stand is known without measuring ten thousand of them each time.
  const [sight, setSight] = useState({ first: 0, count: 0 });
  const look = () => {
    const box = scroller.current;
    if (!box) return;
    const first = Math.max(0, Math.floor((box.scrollTop - HEAD) / height) - MORE);
    const count = Math.min(MOST, Math.ceil(box.clientHeight / height) + 2 * MORE);
    // Where it follows, the last rows are in sight, and nothing needs to be drawn twice.
    setSight((last) => {
      const next = following ? last.first : first;
      return last.first === next && last.count === count ? last : { first: next, count };
    });
  };
  const looking = useRef(look);
  looking.current = look;
  useEffect(() => {
    const box = scroller.current;
    if (!box) return;
    const observer = new ResizeObserver(() => looking.current());
    observer.observe(box);
    return () => observer.disconnect();
  }, []);

  useLayoutEffect(() => {
    const box = scroller.current;
    if (!box) return;
    const kept = anchor.current;
    if (following) box.scrollTop = box.scrollHeight;
    else if (kept) {
      const index = near(rows, kept.row);
      if (index >= 0) box.scrollTop = HEAD + index * height - kept.above;
    }
    top.current = box.scrollTop;
    look();
  }, [rows, props.version, following, height]);

  const scrolled = () => {
    const box = scroller.current;
    if (!box) return;
    const bottom = box.scrollHeight - box.scrollTop - box.clientHeight < 4;
    if (box.scrollTop < top.current && !bottom) props.onScroll('up');
    else if (box.scrollTop > top.current && bottom) props.onScroll('bottom');
    top.current = box.scrollTop;
    const index = Math.max(0, Math.floor((box.scrollTop - HEAD) / height));
    const row = rows[index];
    anchor.current = row && { row, above: HEAD + index * height - box.scrollTop };
    if (box.scrollTop < HEAD + 20 * height) props.onTop();
    look();
  };

  // The chosen row is brought into sight when another one is chosen, and not when rows come in.
  const index = chosen ? near(rows, chosen) : -1;
  const at = rows[index] === chosen ? index : -1;
  const shown = useRef(at);
  shown.current = at;
  useEffect(() => {
    if (!chosen) return;
    const box = scroller.current;
    if (box && shown.current >= 0) {
      const above = HEAD + shown.current * height;
      if (above < box.scrollTop) box.scrollTop = above;
      else if (above + height > box.scrollTop + box.clientHeight) box.scrollTop = above + height - box.clientHeight;
    }
    // So that Enter opens what `j` and `k` chose, wherever they were pressed.
    if (document.activeElement === document.body) scroller.current?.focus({ preventScroll: true });
  }, [chosen, height]);

  const pressed = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20 }[event.key];
    if (event.key === 'Enter' && chosen) props.onOpen(chosen);
    else if (step) {
      const row = rows[Math.min(rows.length - 1, Math.max(0, (at < 0 ? rows.length : at) + step))];
      if (row) props.onChoose(row);
    } else return;
    event.preventDefault();
  };

  const last = rows.length - sight.count;
  const first = Math.max(0, following ? last : Math.min(sight.first, last));
  const drawn = rows.slice(first, first + sight.count);
  const inSight = at >= first && at < first + drawn.length;
  return (
    <div
      ref={scroller}
      className={classes.scroller}
      role="listbox"
      tabIndex={0}
      aria-label={props.label}
      aria-activedescendant={inSight && chosen ? `log-${chosen.order}` : undefined}
      onScroll={scrolled}
      onKeyDown={pressed}
    >
      <div className={classes.head} role="presentation">
        {props.head}
      </div>
      <div style={{ height: rows.length * height }} role="presentation" />
      {drawn.map((row, place) => {
        const index = first + place;
        return (
          // Keys are the list's, which has the focus: an option is pointed at. What leaves at one end makes room for what
          // comes at the other, without anything being made anew.
          <div
            key={index % sight.count}
            id={`log-${row.order}`}
            role="option"
            aria-selected={row === chosen}
            aria-setsize={rows.length}
            aria-posinset={index + 1}
            className={classes.item}
            style={{ height, transform: `translateY(${HEAD + index * height}px)` }}
            onClick={() => props.onOpen(row)}
          >
            <LogRow
              row={row}
              matcher={matcher}
              hit={highlight && row.kind === 'entry' && !matcher.all && matcher.matches(row)}
              neighbour={props.neighbours.has(row)}
              narrow={narrow}
            />
          </div>
        );
      })}
    </div>
  );
}
