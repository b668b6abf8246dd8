/** Below a list that comes in pages: the next one, for whoever does not scroll to it. */
import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';

interface Pages {
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => unknown;
}

export function More({ pages }: { pages: Pages }) {
  const { t } = useTranslation('shell');
  if (!pages.hasNextPage) return null;
  return (
    <Button
      size="xs"
      variant="default"
      mx="auto"
      style={{ flexShrink: 0 }}
      loading={pages.isFetchingNextPage}
      onClick={() => pages.fetchNextPage()}
    >
      {t('table.more')}
    </Button>
  );
}

/** For a table's `onEnd`. */
export function fetchMore(pages: Pages): void {
  if (pages.hasNextPage && !pages.isFetchingNextPage) void pages.fetchNextPage();
}
