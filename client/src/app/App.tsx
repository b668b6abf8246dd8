/** The panel as a whole: what every screen finds around it. */
import './styles';
import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { lazy, Suspense, useEffect, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { session, useSession } from '@/session/session';
import { themeKeeper, usePreferences } from './preferences';
import { router } from './router';
import { Splash } from './Splash';
import { themeWith } from './theme';

const Toasts = lazy(() => import('./Toasts'));
const queries = new QueryClient({ defaultOptions: { queries: { retry: false, refetchOnWindowFocus: false } } });
const keeper = themeKeeper();

export function App() {
  const { t, i18n } = useTranslation('shell');
  const { density } = usePreferences();
  const theme = useMemo(() => themeWith({ close: t('close') }), [t, i18n.language]);

  useEffect(() => {
    document.documentElement.dataset.density = density;
  }, [density]);

  // No style is written into the page, so `style-src 'self'` is enough: the variables are in `variables.css`, the classes
  // by breakpoint are not used, and neither are components that write `<style>` (Grid, SimpleGrid, AppShell, props by
  // breakpoint: see `styles.test.ts`). Style attributes are set through the DOM, which the policy lets pass. The page needs
  // `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'`.
  return (
    <QueryClientProvider client={queries}>
      <MantineProvider
        theme={theme}
        colorSchemeManager={keeper}
        defaultColorScheme="auto"
        withCssVariables={false}
        withGlobalClasses={false}
      >
        <Gate />
        <Suspense>
          <Toasts />
        </Suspense>
      </MantineProvider>
    </QueryClientProvider>
  );
}

/** Waits until it is known who is there, then asks the router again each time that this changes. */
function Gate() {
  const { state } = useSession();
  useEffect(() => {
    if (session.current().state === 'out') queries.clear();
    void router.invalidate();
  }, [state]);
  return state === 'starting' ? <Splash /> : <RouterProvider router={router} />;
}
