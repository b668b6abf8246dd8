/** Who is signed in, and the ways out. */
import { ActionIcon, Menu, Text } from '@mantine/core';
import { IconLogout, IconLogout2, IconSettings, IconUser, IconUserCircle } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { session, useSession } from '@/session/session';
import { failed } from '@/ui/notify';
import { capitalized } from '@/ui/words';

const SignOutEverywhere = lazy(() => import('./SignOutEverywhere'));

export function UserMenu() {
  const { t, i18n } = useTranslation('shell');
  const { user } = useSession();
  const navigate = useNavigate();
  const [asking, setAsking] = useState<boolean>();
  return (
    <>
      <Menu position="bottom-end" width={240}>
        <Menu.Target>
          <ActionIcon aria-label={t('user.menu')}>
            <IconUserCircle size={18} stroke={1.75} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {user && (
            <>
              <Menu.Label>
                <Text size="sm" fw={600} c="var(--mantine-color-text)" truncate>
                  {[user.first_name, user.last_name].join(' ').trim() || user.email}
                </Text>
                <Text size="xs" truncate>
                  {user.email}
                </Text>
                <Text size="xs">
                  {capitalized(t(user.role === 'admin' ? 'user.admin' : 'user.user'), i18n.language)}
                </Text>
              </Menu.Label>
              <Menu.Divider />
            </>
          )}
          <Menu.Item leftSection={<IconUser size={16} />} onClick={() => navigate({ to: '/me' })}>
            {t('me:title')}
          </Menu.Item>
          <Menu.Item leftSection={<IconSettings size={16} />} onClick={() => navigate({ to: '/settings' })}>
            {t('settings:title')}
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item
            leftSection={<IconLogout size={16} />}
            onClick={() => session.signOut().catch(failed(t('user.out')))}
          >
            {t('user.out')}
          </Menu.Item>
          <Menu.Item leftSection={<IconLogout2 size={16} />} onClick={() => setAsking(true)}>
            {t('user.out-everywhere')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {asking !== undefined && (
        <Suspense>
          <SignOutEverywhere opened={asking} onClose={() => setAsking(false)} />
        </Suspense>
      )}
    </>
  );
}
