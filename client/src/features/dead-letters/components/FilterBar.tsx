/** The filter of the letters; what it says is in the URL, and nowhere else. */
import { Autocomplete, Button, Select, TextInput } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconFilter, IconX } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { LetterGroup } from '@/api/types';
import { FilterInput } from '@/ui/FilterInput';
import { useTyped } from '@/ui/typed';
import { fromLocal, isNarrow, type Search, states, toLocal, type Word, words } from '../filter';
import classes from './FilterBar.module.css';

interface FilterBarProps {
  search: Search;
  /** What is there, to choose from. */
  groups: LetterGroup[];
  onChange: (search: Search) => void;
}

export function FilterBar({ search, groups, onChange }: FilterBarProps) {
  const { t } = useTranslation('dead-letters');
  const [isOpen, { toggle }] = useDisclosure(false);
  const set = (word: Word, value: string | undefined) => onChange({ ...search, [word]: value || undefined });
  const known = (of: (group: LetterGroup) => string) => [...new Set(groups.map(of))].sort();
  const said = words.filter((word) => word !== 'text' && search[word] !== undefined).length;
  return (
    <div role="search" className={classes.bar} aria-label={t('filter.label')}>
      <FilterInput
        className={classes.text}
        label={t('filter.text')}
        value={search.text}
        onChange={(text) => set('text', text)}
      />
      <Select
        size="xs"
        className={classes.state}
        aria-label={t('filter.state')}
        allowDeselect={false}
        value={search.state ?? 'dead'}
        data={[...states, 'any' as const].map((state) => ({ value: state, label: t(`state.${state}`) }))}
        onChange={(state) => {
          const found = [...states, 'any' as const].find((each) => each === state);
          onChange({ ...search, state: found === 'dead' ? undefined : found });
        }}
      />
      <Button
        className={classes.more}
        size="xs"
        variant="default"
        leftSection={<IconFilter size={16} />}
        aria-expanded={isOpen}
        onClick={toggle}
      >
        {said > 0 ? t('filter.showCount', { count: said }) : t('filter.show')}
      </Button>
      <div className={classes.words} data-open={isOpen}>
        <Known word="queue" search={search} set={set} data={known((group) => group.queue)} />
        <Known word="kind" search={search} set={set} data={known((group) => group.kind)} />
        <Known word="cause" search={search} set={set} data={known((group) => group.cause)} />
        <Known word="service" search={search} set={set} data={[]} />
        {(['since', 'until'] as const).map((word) => (
          <TextInput
            key={word}
            size="xs"
            type="datetime-local"
            aria-label={t(`filter.${word}`)}
            title={t(`filter.${word}`)}
            leftSection={<span className={classes.side}>{word === 'since' ? '≥' : '<'}</span>}
            value={toLocal(search[word])}
            onChange={(event) => set(word, fromLocal(event.currentTarget.value))}
          />
        ))}
      </div>
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
    </div>
  );
}

interface KnownProps {
  word: Word;
  search: Search;
  set: (word: Word, value: string) => void;
  data: string[];
}

function Known({ word, search, set, data }: KnownProps) {
  const { t } = useTranslation('dead-letters');
  const [typed, setTyped, tellNow] = useTyped(search[word] ?? '', (text) => set(word, text));
  return (
    <Autocomplete
      size="xs"
      aria-label={t(`filter.${word}`)}
      placeholder={t(`filter.${word}`)}
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
