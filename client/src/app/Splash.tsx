/** While it is not known yet who is there: quiet, as it is over in no time, unless the broker does not answer. */
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useSession } from '@/session/session';
import classes from './Splash.module.css';

export function Splash() {
  const { t } = useTranslation('shell');
  const session = useSession();
  const trouble = session.state === 'starting' ? session.trouble : undefined;
  return (
    <main className={classes.splash} aria-busy="true">
      <img src="/icon.svg" alt="" width={40} height={40} />
      <span className={classes.word}>{t('starting')}</span>
      {trouble && (
        <Text size="sm" role="alert" className={classes.trouble}>
          {trouble.message} {t('starting-again')}
        </Text>
      )}
    </main>
  );
}
