/** What stands outside of the shell: signing in, registering, and signing in again over a screen whose session expired. */
import { Anchor, Code, Modal, Stack, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Entrance } from './Entrance';
import classes from './Entrance.module.css';
import { RegisterForm } from './RegisterForm';
import { SignInForm } from './SignInForm';
import { session, useSession } from './session';
import { isLoopback } from './target';

export function SignInScreen() {
  const { t } = useTranslation('me');
  const other = { question: t('session.noAccount'), label: t('session.register'), path: '/sign-up' };
  return (
    <Entrance title={t('session.signInTitle')} other={other} note={isLoopback() && <DevelopmentUser />}>
      <SignInForm />
    </Entrance>
  );
}

export function RegisterScreen() {
  const { t } = useTranslation('me');
  const other = { question: t('session.hasAccount'), label: t('session.signIn'), path: '/sign-in' };
  return (
    <Entrance title={t('session.registerTitle')} other={other}>
      <RegisterForm />
    </Entrance>
  );
}

/** The screen stays as it is behind it, and what it asked for goes on afterwards. */
export function ExpiredDialog() {
  const { t } = useTranslation('me');
  const { state, user } = useSession();
  return (
    <Modal
      opened={state === 'expired'}
      onClose={() => undefined}
      withCloseButton={false}
      closeOnEscape={false}
      closeOnClickOutside={false}
      title={t('session.expiredTitle')}
      centered
      size={380}
    >
      <Stack gap="md">
        <Text size="sm" c="dimmed">
          {t('session.expired')}
        </Text>
        {user && <SignInForm key={user.id} email={user.email} />}
        <Anchor component="button" type="button" size="sm" className={classes.link} onClick={session.forget}>
          {t('session.leave')}
        </Anchor>
      </Stack>
    </Modal>
  );
}

function DevelopmentUser() {
  const { t } = useTranslation('me');
  return (
    <aside className={classes.note} aria-label={t('session.development')}>
      <Text size="xs" fw={600}>
        {t('session.development')}
      </Text>
      <Text size="xs" c="dimmed" mb={4}>
        {t('session.developmentOnly')}
      </Text>
      <Text size="xs">
        <Code>admin@example.com</Code> <Code>password123</Code>
      </Text>
    </aside>
  );
}
