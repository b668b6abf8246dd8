/** Keys as they are printed on the keyboard. */
import { Kbd } from '@mantine/core';
import { Fragment } from 'react';
import classes from './Keys.module.css';
import { printed } from './keys';

export function Keys({ keys }: { keys: string }) {
  return (
    <span className={classes.keys}>
      {printed(keys).map((step, at) => (
        <Fragment key={`${at} ${step.join('+')}`}>
          {step.map((key) => (
            <Kbd key={key} size="xs" className={classes.key}>
              {key}
            </Kbd>
          ))}
        </Fragment>
      ))}
    </span>
  );
}
