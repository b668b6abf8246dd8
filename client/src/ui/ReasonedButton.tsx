/** A button that stays where it is when it cannot be pressed, and says why. */
import { Button, type ButtonProps, Tooltip } from '@mantine/core';
import type { ReactNode } from 'react';

interface ReasonedButtonProps extends ButtonProps {
  /** Why not; it can be pressed without one. */
  reason?: string | undefined;
  onClick: () => void;
  children: ReactNode;
}

export function ReasonedButton({ reason, onClick, children, ...rest }: ReasonedButtonProps) {
  // Not `disabled`: what has no focus cannot tell a keyboard why.
  const button = (
    <Button
      {...rest}
      data-disabled={reason ? true : undefined}
      aria-disabled={reason ? true : undefined}
      aria-description={reason}
      onClick={(event) => (reason ? event.preventDefault() : onClick())}
    >
      {children}
    </Button>
  );
  return reason ? <Tooltip label={reason}>{button}</Tooltip> : button;
}
