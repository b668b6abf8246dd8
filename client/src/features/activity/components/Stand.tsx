/** How the log stands: it follows, or is paused with so many waiting; and what is shown as a file. */
import { Button, Menu } from '@mantine/core';
import { IconDownload, IconPlayerPause, IconPlayerPlay } from '@tabler/icons-react';
import { memo, type RefObject, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import type { LiveState } from '@/live/live';
import { Status } from '@/ui/Status';
import type { Row } from '../log/entry';
import { csv, download, ndjson } from '../log/exported';
import type { Tail } from '../log/tail';
import type { Kind } from '../search';

interface StandProps {
  tail: Tail;
  live: LiveState;
  toggle: () => void;
  kind: Kind;
  /** Those that are shown. */
  rows: readonly Row[];
}

export function Stand({ tail, live, toggle, kind, rows }: StandProps) {
  const { t } = useTranslation('activity');
  const format = useFormat();
  const shown = useRef(rows);
  shown.current = rows;
  return (
    <>
      <span>
        {tail.paused ? (
          <Status tone="warn">
            {tail.missed > 0 ? t('paused_missed', { missed: format.number(tail.missed) }) : t('paused')}
          </Status>
        ) : live === 'live' ? (
          <Status tone="good">{t('following')}</Status>
        ) : (
          <Status tone={live === 'connecting' ? 'quiet' : 'bad'}>{t(live)}</Status>
        )}
      </span>
      <Button
        size="xs"
        variant={tail.paused ? 'filled' : 'default'}
        onClick={toggle}
        leftSection={tail.paused ? <IconPlayerPlay size={16} /> : <IconPlayerPause size={16} />}
      >
        {tail.paused ? t('resume') : t('pause')}
      </Button>
      <Export kind={kind} shown={shown} />
    </>
  );
}

/** Counts what is shown when it is opened: to draw it with each entry that comes costs more than the rows do. */
const Export = memo(function Export({ kind, shown }: { kind: Kind; shown: RefObject<readonly Row[]> }) {
  const { t } = useTranslation('activity');
  const format = useFormat();
  const [count, setCount] = useState(0);
  const save = (as: 'ndjson' | 'csv') => {
    const entries = shown.current.flatMap((row) => (row.kind === 'entry' ? [row.entry] : []));
    if (as === 'csv') download(`${kind}.csv`, 'text/csv;charset=utf-8', csv(entries));
    else download(`${kind}.ndjson`, 'application/x-ndjson', ndjson(entries));
  };
  return (
    <Menu position="bottom-end" onOpen={() => setCount(shown.current.length)}>
      <Menu.Target>
        <Button size="xs" variant="default" leftSection={<IconDownload size={16} />}>
          {t('export')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t('export_what', { count, rows: format.number(count) })}</Menu.Label>
        <Menu.Item onClick={() => save('ndjson')}>{t('export_ndjson')}</Menu.Item>
        <Menu.Item onClick={() => save('csv')}>{t('export_csv')}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
});
