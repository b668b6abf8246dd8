/** One card of two lines for each service: how it is, what runs, how many instances are ready, and what does not work. */
import { useTranslation } from 'react-i18next';
import { Status } from '@/ui/Status';
import { anchor } from './failures';
import { type Health, healthOf } from './health';
import classes from './Overview.module.css';
import type { Service } from './types';

export function HealthCards({ services }: { services: Service[] }) {
  const { t } = useTranslation('overview');
  const reasons = ({ degraded }: Health) =>
    degraded.map(({ instance, part, reason }) => `${t('degraded', { part, instance })} ${reason}`);
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
            {/* All cards are as high as each other; in full the reasons stand among the failures. */}
            <p className={classes.cardWords} title={reasons(health).join('\n') || undefined}>
              <span>{t('ready', { ready: health.ready, total: health.total })}</span>
              {reasons(health).map((reason) => (
                <span key={reason} className={classes.reason}>
                  {reason}
                </span>
              ))}
              <span>{health.versions.join(', ')}</span>
            </p>
          </li>
        );
      })}
    </ul>
  );
}
