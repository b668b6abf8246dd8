/** Navigation on the left, the header above, the screen in the middle, and what every screen can call for. */
import { Outlet } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useHotkeys } from '@/commands/hotkeys';
import { useSession } from '@/session/session';
import { Header } from './Header';
import { LiveBanner } from './LiveBadge';
import { Navigation } from './Navigation';
import classes from './Shell.module.css';
import { useShellCommands } from './shellCommands';

// What is not seen at first comes when the page stands.
const Palette = lazy(async () => ({ default: (await import('@/commands/Palette')).Palette }));
const KeySheet = lazy(async () => ({ default: (await import('@/commands/KeySheet')).KeySheet }));
const NavigationDrawer = lazy(() => import('./NavigationDrawer'));
const ExpiredDialog = lazy(async () => ({ default: (await import('@/session/screens')).ExpiredDialog }));

export function Shell() {
  const { t } = useTranslation('shell');
  const { state } = useSession();
  const [menu, setMenu] = useState<boolean>();
  const [sheet, setSheet] = useState<boolean>();
  useHotkeys();
  useShellCommands({ showKeys: () => setSheet(true) });
  return (
    <div className={classes.shell}>
      <a href="#main" className={classes.skip}>
        {t('skip')}
      </a>
      <Header onMenu={() => setMenu(true)} />
      <div className={classes.side}>
        <Navigation />
      </div>
      <main id="main" tabIndex={-1} className={classes.main}>
        <LiveBanner />
        <div className={classes.screen}>
          <Outlet />
        </div>
      </main>
      <Suspense>
        <Palette />
        {menu !== undefined && <NavigationDrawer opened={menu} onClose={() => setMenu(false)} />}
        {sheet !== undefined && <KeySheet opened={sheet} onClose={() => setSheet(false)} />}
        {state === 'expired' && <ExpiredDialog />}
      </Suspense>
    </div>
  );
}
