/** A tooltip that is a command's title, its keys, and why it is off where it is. */
import { Tooltip } from '@mantine/core';
import type { ReactElement } from 'react';
import classes from './CommandTip.module.css';
import { useCommands } from './commands';
import { Keys } from './Keys';

export function CommandTip({ command: id, children }: { command: string; children: ReactElement }) {
  const command = useCommands().find((each) => each.id === id);
  return (
    <Tooltip
      disabled={!command}
      label={
        <span className={classes.tip}>
          {command?.title}
          {command?.keys && <Keys keys={command.keys} />}
          {command?.unavailable && <span>{command.unavailable}</span>}
        </span>
      }
    >
      {children}
    </Tooltip>
  );
}
