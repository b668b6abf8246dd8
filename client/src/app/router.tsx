/** Every screen of every feature as a route of the browser, and who is let through to it. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Outlet,
  type RouterHistory,
  redirect,
} from '@tanstack/react-router';
import { session } from '@/session/session';
import { wayBack } from '@/session/target';
import { Loading } from '@/ui/states';
import type { Feature, Screen } from './feature';
import { features } from './features';
import { Broken, guarded, NotFound } from './Guarded';
import { places } from './places';
import { Shell } from './Shell';

const root = createRootRoute({ component: Outlet });

const inside = createRoute({
  getParentRoute: () => root,
  id: 'inside',
  component: Shell,
  beforeLoad: ({ location }) => {
    if (session.current().state !== 'out') return;
    const to = wayBack(location.href);
    throw redirect({ href: to === '/' ? '/sign-in' : `/sign-in?${new URLSearchParams({ to })}`, replace: true });
  },
});

const home = createRoute({
  getParentRoute: () => inside,
  path: '/',
  beforeLoad: () => {
    const role = session.current().user?.role;
    const first = places.find((place) => place.role !== 'admin' || role === 'admin');
    throw redirect({ href: first?.path ?? '/me', replace: true });
  },
});

const unknown = createRoute({ getParentRoute: () => inside, path: '$', component: NotFound });

function outside(path: string, screen: 'SignInScreen' | 'RegisterScreen') {
  return createRoute({
    getParentRoute: () => root,
    path,
    component: lazyRouteComponent(() => import('@/session/screens'), screen),
    validateSearch: (query: Record<string, unknown>): { to?: string } =>
      typeof query.to === 'string' ? { to: wayBack(query.to) } : {},
    beforeLoad: ({ search }) => {
      if (session.current().state === 'in') throw redirect({ href: wayBack(search.to), replace: true });
    },
  });
}

function routeOf(feature: Feature, screen: Screen) {
  const lazy = lazyRouteComponent(screen.load);
  return createRoute({
    getParentRoute: () => inside,
    path: screen.path,
    component: guarded(lazy, feature.name, screen.role ?? 'user'),
    validateSearch: (query: Record<string, unknown>) => screen.search?.(query) ?? {},
  });
}

export function routerOn(history?: RouterHistory) {
  return createRouter({
    routeTree: root.addChildren([
      outside('/sign-in', 'SignInScreen'),
      outside('/sign-up', 'RegisterScreen'),
      inside.addChildren([
        home,
        ...features.flatMap((feature) => feature.screens.map((screen) => routeOf(feature, screen))),
        unknown,
      ]),
    ]),
    history,
    defaultErrorComponent: Broken,
    defaultNotFoundComponent: NotFound,
    defaultPendingComponent: Loading,
    scrollRestoration: true,
    scrollToTopSelectors: ['#main'],
  });
}

export const router = routerOn();
