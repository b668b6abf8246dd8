/** The field that `/` leads to: what is typed is told when the fingers rest, and what the URL says is shown. */
import { CloseButton, TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import classes from './Filters.module.css';
import { useTyped } from './typed';

interface FilterInputProps {
  /** Translated; its name and, where it is empty, what stands in it. */
  label: string;
  value: string | undefined;
  /** Empty where nothing is looked for. */
  onChange: (value: string) => void;
  /** As `useTyped` has it. */
  rest?: number;
}

export function FilterInput({ label, value = '', onChange, rest }: FilterInputProps) {
  const { t } = useTranslation('shell');
  const [text, setText, tellNow] = useTyped(value, onChange, rest);
  return (
    <TextInput
      size="xs"
      className={classes.find}
      data-filter
      aria-label={label}
      placeholder={label}
      value={text}
      onChange={(event) => setText(event.currentTarget.value)}
      onBlur={tellNow}
      leftSection={<IconSearch size={16} aria-hidden />}
      rightSection={text && <CloseButton size="sm" aria-label={t('clear')} onClick={() => setText('')} />}
    />
  );
}
