/** What is known of one thing: names on the left, values on the right. What is not known is left out. */
import type { ReactNode } from 'react';
import classes from './Facts.module.css';

export interface Fact {
  /** Translated, or a header's own name. */
  name: string;
  /** Left out where it is nothing. */
  value: ReactNode;
  /** An id, or what a machine made: in letters of one width. */
  code?: boolean;
}

interface FactsProps {
  facts: Fact[];
  label?: string;
  /** In two columns where there is room. */
  wide?: boolean;
}

export function Facts({ facts, label, wide }: FactsProps) {
  return (
    <dl className={classes.facts} aria-label={label} data-wide={wide || undefined}>
      {facts.map(({ name, value, code }) =>
        value || value === 0 ? (
          <div key={name} className={classes.fact}>
            <dt>{name}</dt>
            <dd className={code ? classes.code : undefined}>{value}</dd>
          </div>
        ) : null,
      )}
    </dl>
  );
}
