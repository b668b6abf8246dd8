/** The rows of the table that are in the page, and the gaps that stand for the others. */
import { Checkbox } from '@mantine/core';
import type { VirtualItem } from '@tanstack/react-virtual';
import type { MouseEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Column, DataTableProps } from './DataTable';
import classes from './DataTable.module.css';

interface RowsProps<Row> extends Pick<DataTableProps<Row>, 'rowId' | 'onOpen' | 'opened' | 'selected' | 'onSelect'> {
  columns: Column<Row>[];
  /** All of them, in their order. */
  rows: Row[];
  seen: VirtualItem[];
  /** The height of all rows, in pixels. */
  height: number;
  /** Which one the keys are at. */
  active: number;
  onActive: (row: Row) => void;
  onTick: (row: Row) => void;
  /** The element's id of a row. */
  nameOf: (index: number) => string;
}

export function DataTableRows<Row>(props: RowsProps<Row>) {
  const { columns, rows, seen, height, active, rowId, onOpen, opened, selected, onSelect } = props;
  const { t } = useTranslation('shell');
  const span = columns.length + (onSelect ? 1 : 0);
  const above = seen[0]?.start ?? 0;
  const below = height - (seen[seen.length - 1]?.end ?? 0);

  const clicked = (event: MouseEvent<HTMLTableRowElement>, row: Row) => {
    // What is in a cell has its own click, and marking text to copy it is none.
    if ((event.target as Element).closest('a, button, input, label')) return;
    if (window.getSelection()?.type === 'Range') return;
    props.onActive(row);
    onOpen?.(row);
  };

  return (
    <tbody>
      {above > 0 && <Gap height={above} span={span} />}
      {seen.map(({ index }) => {
        const row = rows[index];
        if (row === undefined) return null;
        const key = rowId(row);
        return (
          <tr
            key={key}
            id={props.nameOf(index)}
            className={classes.row}
            aria-rowindex={index + 2}
            aria-selected={onSelect ? selected?.has(key) === true : undefined}
            aria-current={opened === key ? true : undefined}
            data-active={index === active || undefined}
            data-opens={onOpen ? true : undefined}
            onClick={onOpen && ((event) => clicked(event, row))}
          >
            {onSelect && (
              <td className={classes.box}>
                <Checkbox
                  aria-label={t('table.select', { row: index + 1 })}
                  checked={selected?.has(key) === true}
                  onChange={() => props.onTick(row)}
                />
              </td>
            )}
            {columns.map((column) => (
              <td key={column.id} data-align={column.align}>
                {column.cell(row)}
              </td>
            ))}
          </tr>
        );
      })}
      {below > 0 && <Gap height={below} span={span} />}
    </tbody>
  );
}

/** Stands for the rows that are not in the page. */
function Gap({ height, span }: { height: number; span: number }) {
  return (
    <tr aria-hidden className={classes.gap}>
      <td colSpan={span} style={{ height }} />
    </tr>
  );
}
