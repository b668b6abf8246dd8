/** From one thing back to the list that it is in. */
import { Anchor } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import classes from './BackLink.module.css';

interface BackLinkProps {
  to: string;
  /** What was looked for there. */
  search?: object;
  /** Translated: the name of the list. */
  children: string;
}

export function BackLink({ to, search = {}, children }: BackLinkProps) {
  return (
    // The routes are made of what the features say: their types cannot name each search.
    <Anchor component={Link} to={to} search={search as never} className={classes.back}>
      <IconArrowLeft size={16} aria-hidden />
      {children}
    </Anchor>
  );
}
