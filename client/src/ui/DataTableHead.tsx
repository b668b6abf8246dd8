/** The head of the table: names, the way to sort by them, and the box that ticks all. */
import { Checkbox } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import type { Column, DataTableProps } from './DataTable';
import classes from './DataTable.module.css';
import type { SortBy } from './sorted';

interface HeadProps<Row> extends Pick<DataTableProps<Row>, 'selected' | 'onSelect'> {
  columns: Column<Row>[];
  order: SortBy | undefined;
  onSort: (column: string) => void;
  /** Of all rows, seen or not. */
  ids: string[];
}

export function DataTableHead<Row>({ columns, order, onSort, ids, selected, onSelect }: HeadProps<Row>) {
  const { t } = useTranslation('shell');
  const ticked = ids.filter((id) => selected?.has(id)).length;
  const tickAll = () => {
    const next = new Set(selected);
    for (const id of ids) {
      if (ticked === ids.length) next.delete(id);
      else next.add(id);
    }
    onSelect?.(next);
  };
  return (
    <thead className={classes.head}>
      <tr aria-rowindex={1}>
        {onSelect && (
          <th scope="col" className={classes.box}>
            <Checkbox
              aria-label={t('table.select-all')}
              checked={ids.length > 0 && ticked === ids.length}
              indeterminate={ticked > 0 && ticked < ids.length}
              onChange={tickAll}
            />
          </th>
        )}
        {columns.map((column) => {
          const by = order?.id === column.id ? order : undefined;
          return (
            <th
              key={column.id}
              scope="col"
              data-align={column.align}
              aria-sort={by ? (by.desc ? 'descending' : 'ascending') : undefined}
            >
              {column.sort ? (
                <button type="button" className={classes.sort} onClick={() => onSort(column.id)}>
                  <span>{column.header}</span>
                  {by && (by.desc ? <IconArrowDown size={14} aria-hidden /> : <IconArrowUp size={14} aria-hidden />)}
                </button>
              ) : (
                column.header
              )}
            </th>
          );
        })}
      </tr>
    </thead>
  );
}
