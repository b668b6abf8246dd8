/** Which log is looked at: what services say, or what administrators did. */
import { SegmentedControl, Tooltip } from '@mantine/core';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '@/session/session';
import type { Kind } from '../search';

interface KindSwitchProps {
  kind: Kind;
  onChange: (kind: Kind) => void;
}

/** Drawn again when it is another, and not with each entry that comes. */
export const KindSwitch = memo(function KindSwitch({ kind, onChange }: KindSwitchProps) {
  const { t } = useTranslation('activity');
  const audit = useMay('admin');
  return (
    <Tooltip label={t('kind_forbidden')} disabled={audit}>
      <SegmentedControl
        size="xs"
        aria-label={t('kind')}
        value={kind}
        onChange={(chosen) => onChange(chosen === 'audit' ? chosen : 'logs')}
        data={[
          { value: 'logs', label: t('kind_logs') },
          { value: 'audit', label: t('kind_audit'), disabled: !audit },
        ]}
      />
    </Tooltip>
  );
});
