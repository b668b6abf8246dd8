/** The frame of every screen: its name, what can be done there, and its content. */
import { Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import { BackLink } from './BackLink';
import classes from './Page.module.css';
import { useTitle } from './title';

interface PageProps {
  title: string;
  /** The list that it is one of, above the title. */
  back?: { to: string; search?: object; label: string };
  /** Beside the title, such as "12 shown / 4,031". */
  count?: ReactNode;
  /** Buttons on the right. */
  actions?: ReactNode;
  /** Filters and the like, under the title. */
  toolbar?: ReactNode;
  /** Takes all of the height that is left, for tables and tails that scroll by themselves. */
  fill?: boolean;
  children: ReactNode;
}

export function Page({ title, back, count, actions, toolbar, fill, children }: PageProps) {
  useTitle(title);
  return (
    <div className={classes.page} data-fill={fill || undefined}>
      {back && (
        <BackLink to={back.to} search={back.search}>
          {back.label}
        </BackLink>
      )}
      <header className={classes.head}>
        <Title order={1} className={classes.title}>
          {title}
        </Title>
        {count !== undefined && (
          <Text component="div" size="sm" c="dimmed" className={classes.count}>
            {count}
          </Text>
        )}
        {actions && <div className={classes.actions}>{actions}</div>}
      </header>
      {toolbar}
      {children}
    </div>
  );
}
