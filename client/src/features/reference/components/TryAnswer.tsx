/** What came back: how it ended, how long it took, its headers and its body. */
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import { Copy } from '@/ui/CopyCode';
import type { Answer } from '../api/send';
import css from '../reference.module.css';
import { Fold } from './Fold';
import shape from './shape.module.css';
import form from './try.module.css';

export function TryAnswer({ answer }: { answer: Answer }) {
  const { t } = useTranslation('reference');
  const format = useFormat();
  const { status, statusText, milliseconds, bytes, headers, text, isJson, isCut } = answer;
  return (
    <div className={form.answer}>
      <p role="status" className={form.outcome}>
        <code className={shape.status} data-class={String(status)[0]}>
          {status} {statusText}
        </code>
        <span className={css.quiet}>
          {format.span(milliseconds / 1000)} · {format.bytes(bytes)}
        </span>
      </p>
      <Fold label={<span className={css.quiet}>{t('answerHeaders', { count: headers.length })}</span>}>
        <dl className={form.headers}>
          {headers.map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </Fold>
      {text ? (
        <div className={form.result}>
          <pre tabIndex={0} role="region" aria-label={t('answerBody')} data-json={isJson || undefined}>
            {text}
          </pre>
          <Copy text={text} label={t('copyBody')} className={form.copy} />
        </div>
      ) : (
        <p className={css.quiet}>{t('noBody')}</p>
      )}
      {isCut && <p className={css.quiet}>{t('cut')}</p>}
    </div>
  );
}
