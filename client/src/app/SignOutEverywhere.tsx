/** Asks before all sessions of the user end. */
import { useTranslation } from 'react-i18next';
import { session } from '@/session/session';
import { ConfirmDialog } from '@/ui/ConfirmDialog';

export default function SignOutEverywhere({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation('shell');
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={t('user.out-everywhere')}
      confirm={t('user.out-everywhere')}
      onConfirm={() => session.signOut(true)}
    >
      {t('user.out-everywhere-means')}
    </ConfirmDialog>
  );
}
