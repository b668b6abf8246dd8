/** One log on the screen: its toolbar, its rows, and the entry that is open. */
import { useMediaQuery } from '@mantine/hooks';
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommand } from '@/commands/commands';
import { useFormat } from '@/i18n/format';
import type { LiveState } from '@/live/live';
import { Page } from '@/ui/Page';
import { Empty, Failed, Loading } from '@/ui/states';
import { Detail } from './components/Detail';
import { Head } from './components/Head';
import { KindSwitch } from './components/KindSwitch';
import { LogList } from './components/LogList';
import { Stand } from './components/Stand';
import { Toolbar } from './components/Toolbar';
import classes from './LogBoard.module.css';
import type { Row } from './log/entry';
import { matcherOf } from './log/match';
import { near } from './log/ordered';
import type { Tail } from './log/tail';
import { viewOf } from './log/view';
import { useOlder } from './older';
import { useOpened } from './opened';
import type { ActivitySearch, Kind } from './search';

interface LogBoardProps {
  kind: Kind;
  tail: Tail;
  live: LiveState;
  search: ActivitySearch;
  change: (part: Partial<ActivitySearch>, replace?: boolean) => void;
}

export function LogBoard({ kind, tail, live, search, change }: LogBoardProps) {
  const { t } = useTranslation('activity');
  const format = useFormat();
  const version = useSyncExternalStore(tail.subscribe, () => tail.version);
  const { q: text, level, name, entry: openId, context = 0, mode = 'filter' } = search;

  const matcher = useMemo(() => matcherOf({ text, level, name }), [text, level, name]);
  useLayoutEffect(() => tail.look(matcher), [tail, matcher]);
  const filtering = mode === 'filter' && !matcher.all;

  const [chosen, setChosen] = useState<Row>();
  const [centre, setCentre] = useState<Row>();
  // The tail changes in place; its version says so.
  const { rows, neighbours } = useMemo(
    () => viewOf(tail, mode, centre, context),
    [tail, version, mode, centre, context],
  );
  const older = useOlder(tail, kind, { text, level, name }, filtering);
  const { entry: opened, searching } = useOpened(tail, kind, openId, older.starting);

  const choose = (row: Row) => {
    setChosen(row);
    // A neighbour may be chosen without the neighbourhood going with it.
    if (matcher.matches(row)) setCentre(row);
    pauseBy('hand');
    if (openId !== undefined && row.kind === 'entry') change({ entry: row.entry.id });
  };
  const open = (row: Row) => {
    choose(row);
    if (row.kind === 'entry') change({ entry: row.entry.id }, openId !== undefined);
  };
  const step = (by: number, within: readonly Row[] = rows) => {
    const at = chosen ? near(within, chosen) : within.length;
    const row = within[Math.min(within.length - 1, Math.max(0, at + by))];
    if (row) choose(row);
  };

  // An entry that the address names is chosen once the list has it.
  useEffect(() => {
    const row = openId === undefined ? undefined : tail.find(openId);
    if (!row || (chosen?.kind === 'entry' && chosen.entry.id === openId)) return;
    setChosen(row);
    if (matcher.matches(row)) setCentre(row);
    tail.pause();
  }, [openId, older.starting, tail]);

  const by = useRef<'scroll' | 'hand'>('hand');
  const pauseBy = (who: 'scroll' | 'hand') => {
    by.current = who;
    tail.pause();
  };
  const scrolled = (at: 'up' | 'bottom') => {
    if (at === 'up' && !tail.paused) pauseBy('scroll');
    // Coming back by oneself goes on; who pressed Pause presses Resume.
    if (at === 'bottom' && tail.paused && by.current === 'scroll' && tail.missed === 0) tail.resume();
  };
  const toggle = () => (tail.paused ? tail.resume() : pauseBy('hand'));

  const narrow = useMediaQuery('(max-width: 700px)') ?? false;
  const group = t('group');
  useCommand({ id: 'activity.next', title: t('next'), group, keys: 'j', run: () => step(1) });
  useCommand({ id: 'activity.previous', title: t('previous'), group, keys: 'k', run: () => step(-1) });
  useCommand({ id: 'activity.next-hit', title: t('next_hit'), group, keys: 'n', run: () => step(1, tail.hits) });
  useCommand({
    id: 'activity.previous-hit',
    title: t('previous_hit'),
    group,
    keys: 'b',
    run: () => step(-1, tail.hits),
  });
  useCommand({
    id: 'activity.pause',
    title: tail.paused ? t('resume') : t('pause_long'),
    group,
    keys: 'p',
    run: toggle,
  });
  const turn = useCallback(
    (to: Kind) => change({ kind: to === 'audit' ? to : undefined, entry: undefined, name: undefined }),
    [change],
  );
  const close = () => change({ entry: undefined });
  const closed = openId === undefined ? t('nothing_open') : undefined;
  useCommand({ id: 'activity.close', title: t('close'), group, keys: 'Escape', unavailable: closed, run: close });
  // Not a command: in a field, End goes to the end of what is written there.
  useEffect(() => {
    const pressed = ({ key, target }: KeyboardEvent) => {
      if (key !== 'End' || target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) return;
      tail.resume();
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, [tail]);

  const total = format.number(tail.rows.length);
  const shown =
    mode === 'highlight' && !matcher.all
      ? t('hits', { count: tail.hits.length, hits: format.number(tail.hits.length), total })
      : t('shown', { shown: format.number(rows.length), total });
  return (
    <Page
      title={t('title')}
      fill
      count={
        tail.dropped > 0
          ? `${shown} · ${t('dropped', { count: tail.dropped, rows: format.number(tail.dropped) })}`
          : shown
      }
      actions={
        <>
          <KindSwitch kind={kind} onChange={turn} />
          <Stand tail={tail} live={live} toggle={toggle} kind={kind} rows={rows} />
        </>
      }
      toolbar={<Toolbar search={search} onChange={change} names={namesOf(tail, version)} />}
    >
      {older.error && <Failed error={older.error} retry={older.load} />}
      <div className={classes.board}>
        <div className={classes.main}>
          {rows.length > 0 ? (
            <LogList
              label={t('list')}
              rows={rows}
              version={version}
              neighbours={neighbours}
              matcher={matcher}
              highlight={mode === 'highlight'}
              narrow={narrow}
              following={!tail.paused}
              chosen={chosen}
              onChoose={choose}
              onOpen={open}
              onScroll={scrolled}
              onTop={() => !filtering && !older.loading && !older.ended && !older.error && !tail.full && older.load()}
              head={<Head tail={tail} older={older} filtering={filtering} />}
            />
          ) : older.starting ? (
            <Loading />
          ) : tail.rows.length > 0 ? (
            <Empty title={t('empty_found', { count: tail.rows.length, total })}>
              <Head tail={tail} older={older} filtering={filtering} />
            </Empty>
          ) : (
            !older.error && <Nothing kind={kind} />
          )}
        </div>
        {openId !== undefined && <Detail entry={opened} searching={searching || older.starting} onClose={close} />}
      </div>
    </Page>
  );
}

function Nothing({ kind }: { kind: Kind }) {
  const { t } = useTranslation('activity');
  if (kind === 'audit') return <Empty title={t('empty_audit')}>{t('empty_audit_how')}</Empty>;
  const body = JSON.stringify({ name: 'event', level: 'INFO', data: 'hello' });
  return (
    <Empty title={t('empty')} curl={`curl -X POST ${window.location.origin}/v1/logs -d '${body}'`}>
      {t('empty_how')}
    </Empty>
  );
}

const gathered = new WeakMap<Tail, { version: number; names: string[] }>();

/** The names in the list, looked through again only when a hundred changes went by. */
function namesOf(tail: Tail, version: number): string[] {
  const last = gathered.get(tail);
  if (last && version - last.version < 100 && last.names.length > 0) return last.names;
  const names = new Set<string>();
  for (const row of tail.rows) if (row.kind === 'entry') names.add(row.entry.name);
  const sorted = [...names].sort();
  const isSame = sorted.length === last?.names.length && sorted.every((name, index) => name === last.names[index]);
  gathered.set(tail, { version, names: isSame ? last.names : sorted });
  return isSame ? last.names : sorted;
}
