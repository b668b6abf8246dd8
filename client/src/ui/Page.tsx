/** The frame of every screen: its name, what can be done there, and its content. */
import { Group, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './Page.module.css';
import { useTitle } from './title';

interface PageProps {
  title: string;
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

export function Page({ title, count, actions, toolbar, fill, children }: PageProps) {
  useTitle(title);
  return (
    <div className={classes.page} data-fill={fill || undefined}>
      <header className={classes.head}>
        <Title order={1} className={classes.title}>
          {title}
        </Title>
        {count !== undefined && (
          <Text component="div" size="sm" c="dimmed" className={classes.count}>
            {count}
          </Text>
        )}
        {actions && (
          <Group gap="xs" className={classes.actions}>
            {actions}
          </Group>
        )}
      </header>
      {toolbar}
      {children}
    </div>
  );
}
