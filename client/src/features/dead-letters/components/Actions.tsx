/** What can be done with letters, each as a button that says why it cannot be pressed. */
import { IconArchive, IconPlayerPlay, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import { useMay } from '@/session/session';
import { ReasonedButton } from '@/ui/ReasonedButton';
import { type OperationKind, operationKinds, type Which } from '../api';
import { MOST_NAMED } from '../count';
import { OperationDialog } from './OperationDialog';

const icons = { replay: IconPlayerPlay, discard: IconArchive, purge: IconTrash };

interface ActionsProps {
  which: Which;
  /** On the page of a letter there is nothing to count. */
  isOne?: boolean;
  /** Why not this. */
  reasons?: Partial<Record<OperationKind, string | undefined>>;
}

export function Actions({ which, isOne = false, reasons = {} }: ActionsProps) {
  const { t } = useTranslation('dead-letters');
  const format = useFormat();
  const isAdmin = useMay('admin');
  const [asked, setAsked] = useState<{ kind: OperationKind; which: Which }>();
  const number = 'letters' in which ? which.letters.length : 0;
  const scope = isOne ? 'One' : 'letters' in which ? 'Ticked' : 'All';
  const reasonOf = (kind: OperationKind) => {
    if (!isAdmin) return t('why.role');
    if (number > MOST_NAMED) return t('why.tooMany', { most: format.number(MOST_NAMED) });
    return reasons[kind];
  };
  return (
    <>
      {operationKinds.map((kind) => {
        const Icon = icons[kind];
        return (
          <ReasonedButton
            key={kind}
            size="xs"
            variant="default"
            leftSection={<Icon size={16} />}
            reason={reasonOf(kind)}
            // What is meant is fixed when the dialog opens: the list behind it goes on changing.
            onClick={() => setAsked({ kind, which })}
          >
            {t(`act.${kind}${scope}`, { number: format.number(number) })}
          </ReasonedButton>
        );
      })}
      {asked && <OperationDialog {...asked} onClose={() => setAsked(undefined)} />}
    </>
  );
}
