/** A line that opens to what it names. What is closed is not in the page, so that a long document stays quick. */
import { UnstyledButton } from '@mantine/core';
import { IconChevronRight } from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import css from '../reference.module.css';

interface FoldProps {
  label: ReactNode;
  open?: boolean;
  children: ReactNode;
}

export function Fold({ label, open = false, children }: FoldProps) {
  const [isOpen, setOpen] = useState(open);
  return (
    <div>
      <UnstyledButton className={css.fold} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <IconChevronRight size={16} className={css.chevron} aria-hidden />
        {label}
      </UnstyledButton>
      {isOpen && children}
    </div>
  );
}
