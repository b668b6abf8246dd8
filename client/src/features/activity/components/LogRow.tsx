/** One line of the log. Nothing in it is more than text: hits are marked by splitting it. */
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import type { Level, Row } from '../log/entry';
import { excerpt, type Matcher, pieces } from '../log/match';
import classes from './LogRow.module.css';

export interface LogRowProps {
  row: Row;
  matcher: Matcher;
  /** Whether it is what is looked for, where others are shown too. */
  hit: boolean;
  neighbour: boolean;
  /** In two lines, where there is no width. */
  narrow: boolean;
}

export const tones: Record<Level, string | undefined> = {
  DEBUG: classes.debug,
  INFO: classes.info,
  WARNING: classes.warning,
  ERROR: classes.error,
};

export function Marked({ text, pattern }: { text: string; pattern: RegExp | undefined }) {
  if (!pattern) return text;
  return pieces(text, pattern).map((piece) =>
    piece.hit ? (
      <mark key={piece.from} className={classes.mark}>
        {piece.text}
      </mark>
    ) : (
      piece.text
    ),
  );
}

/** Drawn again only when something of it is another: most rows of a frame are those of the frame before. */
export const LogRow = memo(function LogRow({ row, matcher, hit, neighbour, narrow }: LogRowProps) {
  const { t } = useTranslation('activity');
  const format = useFormat();
  if (row.kind === 'gap') {
    return <GapLine row={row} />;
  }
  const { entry, at } = row;
  const { pattern } = matcher;
  return (
    <div
      className={classes.row}
      data-narrow={narrow || undefined}
      data-hit={hit || undefined}
      data-neighbour={neighbour || undefined}
    >
      <time className={classes.time} dateTime={entry.created_at} title={entry.created_at}>
        {at > 0 ? format.clock(at) : '–'}
      </time>
      <span className={`${classes.level} ${tones[entry.level] ?? ''}`}>{entry.level}</span>
      <span className={classes.name} title={entry.name}>
        <Marked text={entry.name} pattern={pattern} />
      </span>
      {(entry.via === 'GRPC' || entry.via === 'QUEUE') && (
        <span className={classes.via} data-via={entry.via}>
          {t(`via_${entry.via}`)}
        </span>
      )}
      <span className={classes.data}>
        <Marked text={excerpt(entry.data, pattern)} pattern={pattern} />
      </span>
    </div>
  );
});

function GapLine({ row }: { row: Extract<Row, { kind: 'gap' }> }) {
  const { t } = useTranslation('activity');
  const format = useFormat();
  const said = row.sparse
    ? t('sparse')
    : row.missed
      ? t('gap', { count: row.missed, missed: format.number(row.missed) })
      : t('gap_unknown');
  return (
    <div className={classes.gap} data-sparse={row.sparse}>
      <span>{said}</span>
    </div>
  );
}
