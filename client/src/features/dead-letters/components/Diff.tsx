/** What an edit changes, line by line; a sign stands beside the colour. */
import { Text } from '@mantine/core';
import { Fragment } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import type { Change } from '../diff';
import classes from './Diff.module.css';

/** Lines that are drawn; who changes more reads it elsewhere. */
const MOST = 2_000;
const signs = { added: '+', removed: '−', same: ' ' };

export function Diff({ change }: { change: Change }) {
  const { t } = useTranslation('dead-letters');
  const format = useFormat();
  let drawn = 0;
  return (
    <>
      <Text size="xs" c="dimmed" role="status">
        {t('edit.changeCount', { added: format.number(change.added), removed: format.number(change.removed) })}
      </Text>
      {/* A place that scrolls is to be reached by keyboard. */}
      <section className={classes.diff} aria-label={t('edit.changes')} tabIndex={0}>
        {change.hunks.map((hunk, at) => (
          <Fragment key={`${hunk[0]?.before ?? ''}-${hunk[0]?.after ?? ''}`}>
            {at > 0 && <div className={classes.gap}>⋯</div>}
            {hunk.map((line) =>
              drawn++ < MOST ? (
                <div key={`${line.kind}-${line.before}-${line.after}`} className={classes.line} data-kind={line.kind}>
                  <span className={classes.number}>{line.before ?? ''}</span>
                  <span className={classes.number}>{line.after ?? ''}</span>
                  <span aria-hidden className={classes.sign}>
                    {signs[line.kind]}
                  </span>
                  {line.kind === 'added' && <ins className={classes.text}>{line.text}</ins>}
                  {line.kind === 'removed' && <del className={classes.text}>{line.text}</del>}
                  {line.kind === 'same' && <span className={classes.text}>{line.text}</span>}
                </div>
              ) : null,
            )}
          </Fragment>
        ))}
      </section>
    </>
  );
}
