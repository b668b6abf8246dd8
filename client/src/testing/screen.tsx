/** Renders the screens of a feature at a URL, with a router that leads nowhere else but remembers where it was led. */
import {
  type AnyRouter,
  createMemoryHistory,
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  RouterProvider,
} from '@tanstack/react-router';
import type { Feature } from '@/app/feature';
import { renderIn } from './render';

// jsdom has none, and the router calls it.
window.scrollTo = () => undefined;

/** Has the code of the screens there before the first test: to fetch and compile it takes longer than what a test waits for. */
export async function loaded(feature: Feature): Promise<void> {
  await Promise.all(feature.screens.map(({ load }) => load()));
}

export function renderScreen(feature: Feature, url: string): AnyRouter {
  const root = createRootRoute();
  const screens = feature.screens.map((screen) =>
    createRoute({
      getParentRoute: () => root,
      path: screen.path,
      component: lazyRouteComponent(screen.load),
      validateSearch: (query: Record<string, unknown>) => screen.search?.(query) ?? {},
    }),
  );
  const elsewhere = createRoute({ getParentRoute: () => root, path: '$', component: () => null });
  const router = createRouter({
    routeTree: root.addChildren([...screens, elsewhere]),
    history: createMemoryHistory({ initialEntries: [url] }),
  });
  renderIn(<RouterProvider router={router} />);
  return router;
}
