/** The filter of the letters, and how they are listed; what it says is in the URL, and nowhere else. */
import { Autocomplete, Button, SegmentedControl, Select, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconFilter, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { LetterGroup } from '@/api/types';
import { FilterInput } from '@/ui/FilterInput';
import { Filters } from '@/ui/Filters';
import { useTyped } from '@/ui/typed';
import { capitalized } from '@/ui/words';
import { fromLocal, isNarrow, type Search, states, toLocal, type Word, words } from '../filter';
import classes from './FilterBar.module.css';

interface FilterBarProps {
  search: Search;
  /** What is there, to choose from. */
  groups: LetterGroup[];
  /** Another view is a step in the history, another word is none. */
  onChange: (search: Search, replace?: boolean) => void;
}

const choices = [...states, 'any' as const];

export function FilterBar({ search, groups, onChange }: FilterBarProps) {
  const { t, i18n } = useTranslation('dead-letters');
  const said = words.filter((word) => word !== 'text' && search[word] !== undefined).length;
  const [isOpen, { toggle }] = useDisclosure(said > 0);
  const set = (word: Word, value: string | undefined) => onChange({ ...search, [word]: value || undefined });
  return (
    <Filters>
      <FilterInput label={t('filter.text')} value={search.text} onChange={(text) => set('text', text)} />
      <Select
        size="xs"
        className={classes.state}
        aria-label={t('filter.state')}
        allowDeselect={false}
        value={search.state ?? 'dead'}
        data={choices.map((state) => ({ value: state, label: capitalized(t(`state.${state}`), i18n.language) }))}
        onChange={(state) => {
          const found = choices.find((each) => each === state);
          onChange({ ...search, state: found === 'dead' ? undefined : found });
        }}
      />
      <Button
        size="xs"
        variant="default"
        leftSection={<IconFilter size={16} />}
        aria-expanded={isOpen}
        onClick={toggle}
      >
        {said > 0 ? t('filter.showCount', { count: said }) : t('filter.show')}
      </Button>
      {(isNarrow(search) || search.state) && (
        <Button
          size="xs"
          variant="subtle"
          color="gray"
          leftSection={<IconX size={16} />}
          onClick={() => onChange({ view: search.view })}
        >
          {t('shell:filters.clear')}
        </Button>
      )}
      <SegmentedControl
        size="xs"
        className={classes.view}
        aria-label={t('view.label')}
        value={search.view ?? 'groups'}
        onChange={(view) => onChange({ ...search, view: view === 'letters' ? view : undefined }, false)}
        data={[
          { value: 'groups', label: t('view.groups') },
          { value: 'letters', label: t('view.letters') },
        ]}
      />
      {isOpen && <Words search={search} groups={groups} set={set} />}
    </Filters>
  );
}

interface WordsProps {
  search: Search;
  groups: LetterGroup[];
  set: (word: Word, value: string | undefined) => void;
}

function Words({ search, groups, set }: WordsProps) {
  const { t } = useTranslation('dead-letters');
  const known = (of: (group: LetterGroup) => string) => [...new Set(groups.map(of))].sort();
  return (
    <div className={classes.words}>
      <Known word="queue" search={search} set={set} data={known((group) => group.queue)} />
      <Known word="kind" search={search} set={set} data={known((group) => group.kind)} />
      <Known word="cause" search={search} set={set} data={known((group) => group.cause)} />
      <Known word="service" search={search} set={set} data={[]} />
      {(['since', 'until'] as const).map((word) => (
        <TextInput
          key={word}
          size="xs"
          type="datetime-local"
          label={t(`filter.${word}`)}
          value={toLocal(search[word])}
          onChange={(event) => set(word, fromLocal(event.currentTarget.value))}
        />
      ))}
    </div>
  );
}

interface KnownProps extends Pick<WordsProps, 'search' | 'set'> {
  word: Word;
  data: string[];
}

function Known({ word, search, set, data }: KnownProps) {
  const { t } = useTranslation('dead-letters');
  const [typed, setTyped, tellNow] = useTyped(search[word] ?? '', (text) => set(word, text));
  return (
    <Autocomplete
      size="xs"
      label={t(`filter.${word}`)}
      title={typed || undefined}
      limit={50}
      data={data}
      value={typed}
      onChange={setTyped}
      onBlur={tellNow}
      comboboxProps={{ width: 'max-content', position: 'bottom-start' }}
    />
  );
}
