/** How current the page is: a word and a dot in the header. */
import { Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import { useLiveState } from '@/live/live';
import { useNow } from '@/ui/Time';
import classes from './LiveBadge.module.css';

export function LiveBadge() {
  const { t } = useTranslation('shell');
  const { state, since, idle } = useLiveState();
  const format = useFormat();
  // Nothing that is shown comes live, so there is nothing to say of it.
  if (idle) return null;
  const label = since > 0 ? t('live.since', { state: t(`live.${state}`), at: format.time(since) }) : t(`live.${state}`);
  return (
    <Tooltip label={label}>
      <span className={classes.badge} data-state={state} role="status">
        <span className={classes.dot} aria-hidden />
        <span className={classes.word}>{t(`live.${state}`)}</span>
      </span>
    </Tooltip>
  );
}

/** How long there may be no live connection before it is said aloud, in milliseconds. */
const PATIENCE = 2000;

/** Says that what is shown grows old. What is shown stays. */
export function LiveBanner() {
  const { t } = useTranslation('shell');
  const { state, since } = useLiveState();
  const format = useFormat();
  const now = useNow();
  const dead = state === 'lost' || state === 'connecting';
  if (!dead || since === 0 || now - since < PATIENCE) return null;
  return (
    <div className={classes.banner} role="status">
      {t('live.banner', { at: format.time(since) })}
    </div>
  );
}
