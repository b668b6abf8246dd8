/** Which log is looked at: what services say, or what administrators did. */
import { SegmentedControl, Tooltip } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useMay } from '@/session/session';
import type { Kind } from '../search';

export function KindSwitch({ kind, onChange }: { kind: Kind; onChange: (kind: Kind) => void }) {
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
}
