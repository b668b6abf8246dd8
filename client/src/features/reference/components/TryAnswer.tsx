/** What came back: how it ended, how long it took, its headers and its body. */
import { ActionIcon, CopyButton, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import type { Answer } from '../api/send';
import css from '../reference.module.css';
import { Fold } from './Fold';

export function TryAnswer({ answer }: { answer: Answer }) {
  const { t } = useTranslation('reference');
  const format = useFormat();
  const { status, statusText, milliseconds, bytes, headers, text, isJson, isCut } = answer;
  return (
    <div className={css.answer}>
      <p role="status" className={css.outcome}>
        <code className={css.status} data-class={String(status)[0]}>
          {status} {statusText}
        </code>
        <span className={css.quiet}>
          {format.span(milliseconds / 1000)} · {format.bytes(bytes)}
        </span>
      </p>
      <Fold label={<span className={css.quiet}>{t('answerHeaders', { count: headers.length })}</span>}>
        <dl className={css.headers}>
          {headers.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </Fold>
      {text ? (
        <div className={css.result}>
          <pre tabIndex={0} role="region" aria-label={t('answerBody')} data-json={isJson || undefined}>
            {text}
          </pre>
          <CopyButton value={text}>
            {({ copied, copy }) => (
              <Tooltip label={copied ? t('shell:copied') : t('shell:copy')}>
                <ActionIcon
                  className={css.copy}
                  variant="subtle"
                  onClick={copy}
                  aria-label={copied ? t('shell:copied') : t('copyBody')}
                >
                  {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
                </ActionIcon>
              </Tooltip>
            )}
          </CopyButton>
        </div>
      ) : (
        <p className={css.quiet}>{t('noBody')}</p>
      )}
      {isCut && <p className={css.quiet}>{t('cut')}</p>}
    </div>
  );
}
