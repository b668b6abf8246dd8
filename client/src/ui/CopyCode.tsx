/** Code, and a button that copies it. */
import { ActionIcon, CopyButton, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import classes from './CopyCode.module.css';

export function CopyCode({ code }: { code: string }) {
  return (
    <div className={classes.box}>
      <pre className={classes.code}>
        <code>{code}</code>
      </pre>
      <Copy text={code} />
    </div>
  );
}

/** The button alone, for a value that stands elsewhere. */
export function Copy({ text }: { text: string }) {
  const { t } = useTranslation('shell');
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => (
        <Tooltip label={copied ? t('copied') : t('copy')}>
          <ActionIcon className={classes.copy} onClick={copy} aria-label={copied ? t('copied') : t('copy')}>
            {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
          </ActionIcon>
        </Tooltip>
      )}
    </CopyButton>
  );
}
