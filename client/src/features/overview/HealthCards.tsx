/** One compact card for each service: how many instances are ready, what runs, and what does not work. */
import { useTranslation } from 'react-i18next';
import { Status } from '@/ui/Status';
import { anchor } from './failures';
import { healthOf } from './health';
import classes from './Overview.module.css';
import type { Service } from './types';

export function HealthCards({ services }: { services: Service[] }) {
  const { t } = useTranslation('overview');
  return (
    <ul className={classes.cards} aria-label={t('services')}>
      {services.map((service) => {
        const health = healthOf(service);
        return (
          <li key={service.name} id={anchor(service.name)} className={classes.card}>
            <div className={classes.cardTop}>
              <h3 className={classes.cardName}>{service.name}</h3>
              <Status tone={health.tone}>{t(`health.${health.state}`)}</Status>
            </div>
            <div className={classes.cardFigures}>
              <span>{t('ready', { ready: health.ready, total: health.total })}</span>
              <span>{health.versions.join(', ')}</span>
            </div>
            {health.degraded.map(({ instance, part, reason }) => (
              <p key={`${instance} ${part}`} className={classes.reason}>
                {t('degraded', { part, instance })} <span lang="en">{reason}</span>
              </p>
            ))}
          </li>
        );
      })}
    </ul>
  );
}
