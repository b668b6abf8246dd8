/** Dead letters by cause and origin, and one by one; what is looked for is in the URL. */
import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useCommand } from '@/commands/commands';
import { useFormat } from '@/i18n/format';
import { fetchMore, More } from '@/ui/More';
import { Page } from '@/ui/Page';
import { Empty, Failed, Loading } from '@/ui/states';
import { useSteady } from '@/ui/steady';
import { letterKeys, type Which } from './api';
import { Actions } from './components/Actions';
import { FilterBar } from './components/FilterBar';
import { GroupsTable } from './components/GroupsTable';
import { LettersTable } from './components/LettersTable';
import { total } from './count';
import { filterOf, isNarrow, readSearch, type Search } from './filter';
import { useGroups, useLetters } from './live';

export default function DeadLettersScreen() {
  const { t } = useTranslation('dead-letters');
  const format = useFormat();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const search = readSearch(useSearch({ strict: false }));
  const filter = filterOf(search);
  const looked = useSteady(filter);
  const isList = search.view === 'letters';
  const groups = useGroups(looked);
  const pages = useLetters(looked, isList);
  const letters = useMemo(() => pages.data?.pages.flatMap((page) => page.letters) ?? [], [pages.data]);
  const { ticked, tick } = useTicks(JSON.stringify(looked));
  const go = (next: Search, replace = false) =>
    navigate({ to: '/dead-letters', search: { ...readSearch({ ...next }) }, replace });
  const refresh = () => queries.invalidateQueries({ queryKey: letterKeys.all });
  useCommand({ id: 'dead-letters.refresh', title: t('commands.refresh'), group: t('title'), run: refresh });

  const chosen = letters.filter((letter) => ticked.has(letter.id));
  const which: Which = isList && chosen.length > 0 ? { letters: chosen } : { filter };
  const counted = groups.data && total([groups.data]);
  const isNothing = counted?.letters === 0 && chosen.length === 0;
  const reasons = isNothing
    ? { replay: t('why.nothing'), discard: t('why.nothing'), purge: search.state ? t('why.nothing') : undefined }
    : {};
  const empty = isNarrow(search) || search.state ? <NoneFound onClear={() => go({ view: search.view })} /> : <None />;
  const error = isList ? pages.error : groups.error;
  const hasData = isList ? pages.data !== undefined : groups.data !== undefined;
  return (
    <Page
      fill
      title={t('title')}
      count={counted && count()}
      actions={
        <>
          <Tooltip label={t('refresh')}>
            <ActionIcon variant="default" size={28} aria-label={t('refresh')} onClick={refresh}>
              <IconRefresh size={16} />
            </ActionIcon>
          </Tooltip>
          <Actions which={which} reasons={reasons} />
        </>
      }
      toolbar={
        <FilterBar
          search={search}
          groups={groups.data?.groups ?? []}
          onChange={(next, replace = true) => go(next, replace)}
        />
      }
    >
      {error && <Failed error={error} retry={() => (isList ? pages.refetch() : groups.refetch())} />}
      {!hasData && !error && <Loading />}
      {!isList && groups.data && (
        <GroupsTable
          groups={groups.data}
          onOpen={({ queue, kind, cause }) => go({ ...search, queue, kind, cause, view: 'letters' })}
          empty={empty}
        />
      )}
      {isList && pages.data && (
        <LettersTable
          letters={letters}
          isOneState={looked.state !== undefined}
          ticked={ticked}
          onTick={tick}
          onOpen={(letter) => navigate({ to: '/dead-letters/$id', params: { id: letter.id } })}
          onEnd={() => fetchMore(pages)}
          empty={empty}
        />
      )}
      {isList && <More pages={pages} />}
    </Page>
  );

  function count(): string {
    const number = format.number(counted?.letters ?? 0);
    const all = counted?.isLeast ? t('atLeast', { number }) : number;
    if (!isList) {
      const causes = groups.data?.groups.length ?? 0;
      const sum = t('letterSum', { count: counted?.letters ?? 0, number: all });
      return t('groupCount', { count: causes, number: format.number(causes), letters: sum });
    }
    const words = { shown: format.number(letters.length), total: all, ticked: format.number(chosen.length) };
    return chosen.length > 0 ? t('letterCountTicked', words) : t('letterCount', words);
  }
}

/** Ticks are of what was looked at: another filter begins without any. */
function useTicks(of: string) {
  const [ticked, tick] = useState<ReadonlySet<string>>(new Set());
  useEffect(() => tick((before) => (before.size > 0 && of ? new Set() : before)), [of]);
  return { ticked, tick };
}

function NoneFound({ onClear }: { onClear: () => void }) {
  const { t } = useTranslation('dead-letters');
  return (
    <Empty title={t('none.filteredTitle')}>
      {t('none.filteredText')}{' '}
      <Button size="compact-sm" variant="subtle" onClick={onClear}>
        {t('shell:filters.clear')}
      </Button>
    </Empty>
  );
}

/** The door takes any number for a level; the logger knows four. */
function None() {
  const { t } = useTranslation('dead-letters');
  const curl = `curl -X POST ${window.location.origin}/v1/events/logs \\
  -H 'content-type: application/json' \\
  -d '{"name":"event","level":7,"data":"no such level"}'`;
  return (
    <Empty title={t('none.title')} curl={curl}>
      {t('none.text')}
    </Empty>
  );
}
