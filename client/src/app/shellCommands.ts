/** The commands that are there on every screen: the ways to the screens, made of the features' entries, and the shell's own. */
import { spotlight } from '@mantine/spotlight';
import { useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { register, useCommand } from '@/commands/commands';
import { filterInput } from '@/commands/hotkeys';
import { session, useSession } from '@/session/session';
import { failed } from '@/ui/notify';
import { moveInRows } from '@/ui/rows';
import { places } from './places';
import { prefer, usePreferences } from './preferences';

export function useShellCommands({ showKeys }: { showKeys: () => void }): void {
  const { t } = useTranslation('shell');
  const { theme, characterKeys } = usePreferences();
  usePlaces();

  const general = t('groups.general');
  useCommand({
    id: 'shell.palette',
    title: t('palette.title'),
    group: general,
    keys: 'mod+K',
    run: spotlight.open,
    unlisted: true,
  });
  useCommand({ id: 'shell.keys', title: t('keys.title'), group: general, keys: 'mod+/', run: showKeys });
  useCommand({
    id: 'shell.theme',
    title: t('theme.turn'),
    group: general,
    run: () => prefer({ theme: isDark(theme) ? 'light' : 'dark' }),
  });
  useCommand({
    id: 'shell.character-keys',
    title: t(characterKeys ? 'keys.turn-off' : 'keys.turn-on'),
    group: general,
    run: () => prefer({ characterKeys: !characterKeys }),
  });
  useCommand({
    id: 'shell.sign-out',
    title: t('user.out'),
    group: general,
    run: () => void session.signOut().catch(failed(t('user.out'))),
  });

  const screen = t('groups.screen');
  useCommand({
    id: 'screen.filter',
    title: t('keys.filter'),
    group: screen,
    keys: '/',
    unlisted: true,
    run: () => filterInput()?.focus(),
  });
  useCommand({
    id: 'screen.next',
    title: t('keys.next'),
    group: screen,
    keys: 'j',
    fallback: true,
    unlisted: true,
    run: () => moveInRows('ArrowDown'),
  });
  useCommand({
    id: 'screen.previous',
    title: t('keys.previous'),
    group: screen,
    keys: 'k',
    fallback: true,
    unlisted: true,
    run: () => moveInRows('ArrowUp'),
  });
}

function isDark(theme: string): boolean {
  return theme === 'dark' || (theme === 'auto' && window.matchMedia('(prefers-color-scheme: dark)').matches);
}

function usePlaces(): void {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const role = useSession().user?.role;
  useEffect(() => {
    const taken = places.map((place) =>
      register({
        id: `go.${place.name}`,
        title: t(`${place.name}:title`),
        group: t('shell:groups.go'),
        keys: `g ${place.key}`,
        unavailable: place.role === 'admin' && role !== 'admin' ? t('shell:nav.locked') : undefined,
        run: () => void navigate({ to: place.path }),
      }),
    );
    return () => {
      for (const takeOut of taken) takeOut();
    };
  }, [t, i18n.language, navigate, role]);
}
