/** The way to every screen, in groups. What the user's role may not open is marked, and says so when it is opened. */
import { Tooltip } from '@mantine/core';
import { IconLock } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useMay } from '@/session/session';
import classes from './Navigation.module.css';
import { groups, type Place, places } from './places';

export function Navigation({ onLeave }: { onLeave?: () => void }) {
  const { t } = useTranslation('shell');
  return (
    <nav aria-label={t('nav.label')} className={classes.nav}>
      {groups.map((group) => (
        <div key={group} className={classes.group} data-group={group}>
          <div className={classes.name} id={`nav-${group}`}>
            {t(`nav.${group}`)}
          </div>
          <ul aria-labelledby={`nav-${group}`} className={classes.list}>
            {places
              .filter((place) => place.group === group)
              .map((place) => (
                <li key={place.name}>
                  <Way place={place} onLeave={onLeave} />
                </li>
              ))}
          </ul>
        </div>
      ))}
    </nav>
  );
}

function Way({ place, onLeave }: { place: Place; onLeave?: () => void }) {
  const { t } = useTranslation();
  const may = useMay(place.role ?? 'user');
  const way = (
    <Link to={place.path} className={classes.way} data-locked={!may || undefined} onClick={onLeave}>
      <place.icon size={16} stroke={1.75} aria-hidden />
      <span className={classes.label}>{t(`${place.name}:title`)}</span>
      {!may && <IconLock size={14} aria-label={t('shell:nav.locked')} />}
    </Link>
  );
  return may ? (
    way
  ) : (
    <Tooltip label={t('shell:nav.locked')} position="right">
      {way}
    </Tooltip>
  );
}
