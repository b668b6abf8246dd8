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
      <Copy text={code} className={classes.copy} />
    </div>
  );
}

interface CopyProps {
  text: string;
  /** Says what is copied, where several can be. */
  label?: string;
  className?: string;
}

/** The button alone, for a value that stands elsewhere. */
export function Copy({ text, label, className }: CopyProps) {
  const { t } = useTranslation('shell');
  return (
    <CopyButton value={text}>
      {({ copied, copy }) => {
        const said = copied ? t('copied') : (label ?? t('copy'));
        return (
          <Tooltip label={said}>
            <ActionIcon size={24} className={className} onClick={copy} aria-label={said}>
              {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
            </ActionIcon>
          </Tooltip>
        );
      }}
    </CopyButton>
  );
}

/** A value in letters of one width, and the button beside it. */
export function Copied({ text }: { text: string }) {
  const { t } = useTranslation('shell');
  return (
    <span className={classes.copied}>
      <code>{text}</code>
      <Copy text={text} label={`${t('copy')}: ${text}`} />
    </span>
  );
}
