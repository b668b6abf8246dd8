/** What is looked for, and what happens to what is found. */
import { Autocomplete, SegmentedControl, Select } from '@mantine/core';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { FilterInput } from '@/ui/FilterInput';
import { Filters } from '@/ui/Filters';
import { useTyped } from '@/ui/typed';
import { levels } from '../log/entry';
import { type ActivitySearch, contexts } from '../search';
import classes from './Toolbar.module.css';

/** Milliseconds after the last key; far shorter than elsewhere, as nobody is asked: rows answer within 100 ms. */
const REST = 30;

interface ToolbarProps {
  search: ActivitySearch;
  onChange: (change: Partial<ActivitySearch>) => void;
  /** Names that are in the list. */
  names: string[];
}

/** Drawn again when something of it is another, and not with each entry that comes. */
export const Toolbar = memo(function Toolbar({ search, onChange, names }: ToolbarProps) {
  const { t } = useTranslation('activity');
  const [name, setName, tellNow] = useTyped(search.name ?? '', (name) => onChange({ name: name || undefined }), REST);
  return (
    <Filters>
      <FilterInput label={t('search')} value={search.q} onChange={(q) => onChange({ q: q || undefined })} rest={REST} />
      <SegmentedControl
        size="xs"
        aria-label={t('mode')}
        value={search.mode ?? 'filter'}
        onChange={(mode) => onChange({ mode: mode === 'highlight' ? mode : undefined })}
        data={[
          { value: 'filter', label: t('mode_filter') },
          { value: 'highlight', label: t('mode_highlight') },
        ]}
      />
      <Select
        className={classes.level}
        size="xs"
        aria-label={t('level')}
        placeholder={t('level_any')}
        value={search.level ?? null}
        onChange={(value) => onChange({ level: levels.find((level) => level === value) })}
        data={[...levels]}
        clearable
        clearButtonProps={{ 'aria-label': t('shell:clear') }}
      />
      <Autocomplete
        className={classes.name}
        size="xs"
        aria-label={t('name')}
        placeholder={t('name_any')}
        value={name}
        onChange={setName}
        onBlur={tellNow}
        data={names}
        limit={30}
        clearable
        clearButtonProps={{ 'aria-label': t('shell:clear') }}
      />
      <Select
        className={classes.context}
        size="xs"
        aria-label={t('context')}
        disabled={search.mode === 'highlight'}
        value={String(search.context ?? 0)}
        onChange={(value) => onChange({ context: Number(value) || undefined })}
        data={[0, ...contexts].map((count) => ({
          value: String(count),
          label: count ? t('context_some', { count }) : t('context_none'),
        }))}
        allowDeselect={false}
      />
    </Filters>
  );
});
