/** What stands between a URL and its screen: the role it needs, an error that it throws, a name that nobody knows. */
import { Button, Code, Text } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type ErrorComponentProps, Link, useRouter } from '@tanstack/react-router';
import type { FunctionComponent } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '@/session/session';
import { Page } from '@/ui/Page';
import { Empty, Failed } from '@/ui/states';
import type { Role } from './feature';

interface Loadable extends FunctionComponent {
  preload?: (() => Promise<void> | undefined) | undefined;
}

/** The screen for who may open it; for others its title, and who may. The router is told of its code, and so has it
 *  before it draws the screen: one that suspends while it is drawn makes React complain. */
export function guarded(Screen: Loadable, feature: string, role: Role): Loadable {
  function Guarded() {
    const { t } = useTranslation('shell');
    if (useMay(role)) return <Screen />;
    return (
      <Page title={t(`${feature}:title`)}>
        <Empty title={t('denied.title')}>{t('denied.who')}</Empty>
      </Page>
    );
  }
  return Object.assign(Guarded, { preload: async () => Screen.preload?.() });
}

export function Broken({ error: thrown, reset }: ErrorComponentProps) {
  const { t } = useTranslation('shell');
  const router = useRouter();
  const queries = useQueryClient();
  const error = thrown instanceof Error ? thrown : new Error(String(thrown));
  // A screen's code that is gone means that a newer panel was put in place: only a new page helps.
  const stale = /dynamically imported module|importing a module script/i.test(error.message);
  const retry = () => {
    if (stale) window.location.reload();
    // What it cannot show would only break it again.
    queries.removeQueries({ type: 'inactive' });
    reset();
    void router.invalidate();
  };
  return (
    <Page title={t('broken.title')}>
      <Text size="md">{stale ? t('broken.stale') : t('broken.what')}</Text>
      <Failed error={error} retry={retry} />
    </Page>
  );
}

export function NotFound() {
  const { t } = useTranslation('shell');
  const router = useRouter();
  return (
    <Page title={t('not-found.title')}>
      <Text size="md">
        {t('not-found.what')} <Code>{router.state.location.pathname}</Code>
      </Text>
      <div>
        <Button component={Link} to="/" variant="default">
          {t('not-found.home')}
        </Button>
      </div>
    </Page>
  );
}
