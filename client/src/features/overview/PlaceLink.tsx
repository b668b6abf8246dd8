/** Leads to where something can be handled, and says where that is. */
import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Place } from './failures';
import classes from './Overview.module.css';

export function PlaceLink({ place, what }: { place: Place; what: string }) {
  const { t } = useTranslation('overview');
  const label = t(`places.${place.to.slice(1)}`);
  return (
    <Anchor
      component={Link}
      to={place.to}
      search={(place.search ?? {}) as never}
      hash={place.hash}
      size="sm"
      aria-label={`${label}: ${what}`}
      className={classes.place}
    >
      {label}
    </Anchor>
  );
}
