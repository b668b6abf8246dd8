/** What stands before the first row: more can be fetched, there is no more, or no more is kept. */
import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import { MOST_ROWS, type Tail } from '../log/tail';
import type { Older } from '../older';

export function Head({ tail, older, filtering }: { tail: Tail; older: Older; filtering: boolean }) {
  const { t } = useTranslation('activity');
  const format = useFormat();
  if (older.ended) return <span>{filtering && tail.rows.length > 0 ? t('beginning_found') : t('beginning')}</span>;
  if (tail.full) return <span>{t('full', { rows: format.number(MOST_ROWS) })}</span>;
  if (older.loading && !filtering) return <span>{t('older_loading')}</span>;
  return (
    <Button size="compact-xs" variant="default" loading={older.loading} onClick={older.load}>
      {filtering ? t('older_search') : t('older')}
    </Button>
  );
}
