/** Alarms as the mesh says them, each with the place where it can be handled. */
import { Text } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { handledAt } from './failures';
import classes from './Overview.module.css';
import { PlaceLink } from './PlaceLink';
import type { Mesh } from './types';

export function Alarms({ mesh, queues }: { mesh: Mesh; queues: string[] }) {
  const { t } = useTranslation('overview');
  if (mesh.alarms.length === 0) return null;
  return (
    <section aria-labelledby="alarms" className={classes.alarms}>
      <h2 id="alarms" className={classes.heading}>
        {t('alarms', { count: mesh.alarms.length })}
      </h2>
      <ul className={classes.list}>
        {mesh.alarms.map((alarm) => {
          const place = handledAt(alarm, mesh, queues);
          return (
            <li key={alarm} className={classes.row}>
              <IconAlertTriangle size={16} aria-hidden className={classes.alarmIcon} />
              {/* The mesh says them in English, whatever the panel speaks. */}
              <Text size="sm" className={classes.grow} lang="en">
                {alarm}
              </Text>
              {place && <PlaceLink place={place} what={alarm} />}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
