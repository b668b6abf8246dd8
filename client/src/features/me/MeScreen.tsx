/** One's own account: name, e-mail, password, addresses, sessions, keys, and its end. */
import { useTranslation } from 'react-i18next';
import { useSession } from '@/session/session';
import { Page } from '@/ui/Page';
import { Addresses } from './Addresses';
import { ApiKeys } from './ApiKeys';
import { DeleteAccount } from './DeleteAccount';
import { Email } from './Email';
import { Password } from './Password';
import { Profile } from './Profile';
import { Sessions } from './Sessions';

export default function MeScreen() {
  const { t } = useTranslation('me');
  const { user } = useSession();
  return (
    <Page title={t('title')}>
      {user && (
        <div key={user.id}>
          <Profile user={user} />
          <Email user={user} />
          <Password email={user.email} />
          <Sessions />
          <ApiKeys role={user.role} />
          <Addresses />
          <DeleteAccount email={user.email} />
        </div>
      )}
    </Page>
  );
}
