/** The bar of a screen's filters: the field that `/` leads to, and whatever narrows further. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './Filters.module.css';

export function Filters({ children }: { children: ReactNode }) {
  const { t } = useTranslation('shell');
  return (
    <div role="search" aria-label={t('keys.filter')} className={classes.bar}>
      {children}
    </div>
  );
}
