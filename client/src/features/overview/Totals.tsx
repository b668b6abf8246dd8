/** What the mesh does as a whole, in one strip. */
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import { doorOf, slowest, sum } from './connections';
import classes from './Overview.module.css';
import type { Door, Mesh } from './types';

export function Totals({ mesh }: { mesh: Mesh }) {
  const { t } = useTranslation('overview');
  const format = useFormat();
  const at = (door: Door) =>
    sum(mesh.routes.filter((route) => doorOf(route) === door).map((route) => route.calls_per_second));
  const errors = sum(mesh.routes.map((route) => route.errors_per_second));
  const p95 = slowest(mesh.routes);
  const instances = mesh.services.flatMap((service) => service.instances);
  const ready = instances.filter(({ state }) => state === 'ready').length;
  const figures = [
    { name: t('calls'), value: format.rate(at('broker')), hint: t('callsHint') },
    { name: t('messages'), value: format.rate(at('listener')), hint: t('messagesHint') },
    { name: t('errors'), value: format.rate(errors), hint: t('errorsHint'), isBad: (errors ?? 0) > 0 },
    {
      name: t('p95'),
      value: p95 === null ? '–' : format.span(p95 / 1000),
      hint: p95 === null ? t('p95Unknown') : t('p95Hint'),
    },
    {
      name: t('instances'),
      value: `${ready}/${instances.length}`,
      hint: t('instancesHint'),
      isBad: ready < instances.length,
    },
  ];
  return (
    <dl className={classes.totals} aria-label={t('totals')}>
      {figures.map(({ name, value, hint, isBad }) => (
        <div key={name} className={classes.total}>
          <dt>{name}</dt>
          <dd data-bad={isBad || undefined}>{value}</dd>
          <dd className={classes.hint}>{hint}</dd>
        </div>
      ))}
    </dl>
  );
}
