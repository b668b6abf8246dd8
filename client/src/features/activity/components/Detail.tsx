/** One entry in full, beside the log. */
import { ActionIcon, Button, SegmentedControl } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import { Copy } from '@/ui/CopyCode';
import { type Fact, Facts } from '@/ui/Facts';
import { Moment } from '@/ui/Time';
import type { Entry } from '../log/entry';
import { timeOf } from '../log/entry';
import classes from './Detail.module.css';
import { tones } from './LogRow';

interface DetailProps {
  /** Undefined while it is looked for, and where it cannot be found. */
  entry: Entry | undefined;
  searching: boolean;
  onClose: () => void;
}

/** What is shown of a long text at first; to lay out all of it takes long enough to be felt. */
const PART = 8_000;

export function Detail({ entry, searching, onClose }: DetailProps) {
  const { t } = useTranslation('activity');
  return (
    <aside className={classes.pane} aria-label={t('detail')}>
      <header className={classes.head}>
        <h2 className={classes.title}>{entry?.name ?? t('detail')}</h2>
        {entry && <Copy text={JSON.stringify(entry, null, 2)} label={t('copy_entry')} />}
        <ActionIcon size={24} onClick={onClose} aria-label={t('close')}>
          <IconX size={16} />
        </ActionIcon>
      </header>
      {entry ? (
        <Content key={entry.id} entry={entry} />
      ) : (
        <p className={classes.missing}>{searching ? t('entry_loading') : t('entry_missing')}</p>
      )}
    </aside>
  );
}

function Content({ entry }: { entry: Entry }) {
  const { t } = useTranslation('activity');
  const hasVia = entry.via === 'GRPC' || entry.via === 'QUEUE';
  const facts: Fact[] = [
    { name: t('time'), value: timeOf(entry) > 0 ? <Moment at={entry.created_at} /> : entry.created_at },
    { name: t('level'), value: <b className={tones[entry.level]}>{entry.level}</b>, code: true },
    { name: t('via'), value: hasVia && t(`via_${entry.via}`) },
    { name: t('id'), value: entry.id, code: true },
  ];
  return (
    <div className={classes.body}>
      <Facts facts={facts} />
      <Data data={entry.data} />
    </div>
  );
}

function Data({ data }: { data: string }) {
  const { t } = useTranslation('activity');
  const format = useFormat();
  const [form, setForm] = useState<'pretty' | 'raw'>('pretty');
  const [all, setAll] = useState(false);
  const [pretty] = useState(() => prettyOf(data));
  const text = pretty !== undefined && form === 'pretty' ? pretty : data;
  const long = text.length > PART;
  const size = format.bytes(new Blob([text]).size);
  if (data === '') return <p className={classes.missing}>{t('data_empty')}</p>;
  return (
    <section className={classes.data}>
      <div className={classes.dataHead}>
        <h3 className={classes.label}>{t('data')}</h3>
        <span className={classes.dim}>{long && !all ? t('data_part', { shown: format.bytes(PART), size }) : size}</span>
        <span className={classes.space} />
        {pretty !== undefined && (
          <SegmentedControl
            size="xs"
            value={form}
            onChange={(value) => setForm(value === 'raw' ? 'raw' : 'pretty')}
            data={[
              { value: 'pretty', label: t('pretty') },
              { value: 'raw', label: t('raw') },
            ]}
            aria-label={t('data')}
          />
        )}
        <Copy text={data} label={t('copy_data')} />
      </div>
      {/* A keyboard scrolls it too. */}
      <pre className={classes.code} tabIndex={0} aria-label={t('data')}>
        {long && !all
          ? `${text.slice(0, PART)}…`
          : chunks(text).map(({ from, part }) => (
              <div key={from} className={classes.chunk}>
                {part}
              </div>
            ))}
      </pre>
      {long && (
        <Button size="xs" variant="default" onClick={() => setAll(!all)}>
          {all ? t('data_less') : t('data_all', { size })}
        </Button>
      )}
    </section>
  );
}

/** Parts of a long text, which end with a line where they can: the browser lays out those that are in sight. */
function chunks(text: string): { from: number; part: string }[] {
  const found = [];
  for (let from = 0; from < text.length; ) {
    const line = text.indexOf('\n', from + PART / 2);
    const to = line < 0 || line > from + PART ? from + PART : line + 1;
    found.push({ from, part: text.slice(from, to) });
    from = to;
  }
  return found;
}

/** The data with its structure to be seen, where it is an object or a list. */
function prettyOf(data: string): string | undefined {
  if (!/^\s*[[{]/.test(data)) return undefined;
  try {
    return JSON.stringify(JSON.parse(data), null, 2);
  } catch {
    return undefined;
  }
}
