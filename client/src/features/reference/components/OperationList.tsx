/** Operations by the service that answers them. */
import { Link } from '@tanstack/react-router';
import { memo, useEffect, useMemo, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { Operation } from '../api/document';
import css from '../reference.module.css';
import { referenceSearch } from '../search';
import { Fold } from './Fold';
import { Method } from './Method';

interface OperationListProps {
  operations: Operation[];
  opened: string | undefined;
}

export function OperationList({ operations, opened }: OperationListProps) {
  const { t } = useTranslation('reference');
  const groups = useMemo(() => {
    const byTag = new Map<string, Operation[]>();
    for (const operation of operations) byTag.set(operation.tag, [...(byTag.get(operation.tag) ?? []), operation]);
    return [...byTag];
  }, [operations]);
  return (
    <nav aria-label={t('operations')}>
      {groups.map(([tag, members]) => (
        <Fold
          key={tag}
          open
          label={
            <>
              <span className={css.tag}>{tag || t('other')}</span>
              <span className={css.quiet}>{members.length}</span>
            </>
          }
        >
          <ul className={css.operations}>
            {members.map((operation) => (
              <li key={operation.id}>
                <Row operation={operation} isOpened={operation.id === opened} />
              </li>
            ))}
          </ul>
        </Fold>
      ))}
    </nav>
  );
}

const Row = memo(function Row({ operation, isOpened }: { operation: Operation; isOpened: boolean }) {
  const { id, method, path, summary } = operation;
  const link = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    // A test's browser lays nothing out, and does not scroll.
    if (isOpened) link.current?.scrollIntoView?.({ block: 'nearest' });
  }, [isOpened]);
  return (
    <Link
      ref={link}
      to="/reference"
      search={(last: Record<string, unknown>) => referenceSearch({ ...last, op: id })}
      className={css.operation}
      aria-current={isOpened || undefined}
      title={summary}
    >
      <Method>{method}</Method>
      <span className={css.path}>{path}</span>
    </Link>
  );
});
