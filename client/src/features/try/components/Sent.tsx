/** What is sent: where to, with which headers, and the body, which can be edited. */
import { Button, CopyButton, Textarea, TextInput } from '@mantine/core';
import { IconArrowBackUp, IconCheck, IconSend, IconTerminal2 } from '@tabler/icons-react';
import type { RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import { curlOf } from '@/api/curl';
import { mask, maskedText } from '@/api/mask';
import { useSession } from '@/session/session';
import { emailIn, withEmail } from '../tries/auth';
import type { Sent as Call } from '../tries/send';
import { authBody, type Try } from '../tries/tries';
import classes from './Pane.module.css';

interface SentProps {
  tried: Try;
  body: string | undefined;
  onBody: (body: string | undefined) => void;
  password: string;
  onPassword: (password: string) => void;
  field: RefObject<HTMLInputElement | null>;
  busy: boolean;
  onSend: () => void;
  /** The call that the answer beside it belongs to. */
  last: Call | undefined;
}

export function Sent({ tried, body, onBody, password, onPassword, field, busy, onSend, last }: SentProps) {
  const { t } = useTranslation('try');
  const token = useSession().state === 'in' && tried.signedIn;
  const headers: [string, string][] = [
    ...(body === undefined ? [] : ([['content-type', 'application/json']] as [string, string][])),
    ...(token ? ([['authorization', `Bearer ${mask}`]] as [string, string][]) : []),
  ];
  const fault = body === undefined ? undefined : faultOf(body);
  const url = new URL(tried.path, window.location.origin).href;
  return (
    <section className={classes.pane} aria-label={t('sent')}>
      <header className={classes.head}>
        <h2>{t('sent')}</h2>
        <span className={classes.space} />
        <CopyButton
          value={curlOf({
            method: tried.method,
            url,
            ...(body !== undefined && {
              headers: { 'content-type': 'application/json' },
              body: maskedText(body),
            }),
            withToken: token || last?.token,
          })}
        >
          {({ copied, copy }) => (
            <Button
              size="compact-xs"
              variant="subtle"
              color="gray"
              onClick={copy}
              leftSection={copied ? <IconCheck size={16} /> : <IconTerminal2 size={16} />}
            >
              {copied ? t('copied') : t('copy_curl')}
            </Button>
          )}
        </CopyButton>
        <Button size="compact-sm" onClick={onSend} loading={busy} leftSection={<IconSend size={16} />}>
          {t('send')}
        </Button>
      </header>
      <div className={classes.content}>
        <p className={classes.line}>
          <b>{tried.method}</b> {tried.path}
        </p>
        <Headers label={t('headers')} headers={headers} />
        {tried.name === 'auth' && body !== undefined && (
          <form
            className={classes.fields}
            onSubmit={(event) => {
              event.preventDefault();
              onSend();
            }}
          >
            <TextInput
              size="xs"
              label={t('email')}
              autoComplete="off"
              value={emailIn(body)}
              onChange={(event) =>
                onBody(withEmail(body, event.currentTarget.value) ?? authBody(event.currentTarget.value))
              }
            />
            <TextInput
              type="password"
              ref={field}
              size="xs"
              label={t('password')}
              autoComplete="off"
              value={password}
              onChange={(event) => onPassword(event.currentTarget.value)}
              description={password ? undefined : t('password_needed')}
              inputWrapperOrder={['label', 'input', 'description']}
            />
            <button type="submit" hidden />
          </form>
        )}
        {body === undefined ? (
          <p className={classes.quiet}>{t('no_body')}</p>
        ) : (
          <>
            <Textarea
              classNames={{ input: classes.edit }}
              size="xs"
              label={t('body')}
              value={body}
              onChange={(event) => onBody(event.currentTarget.value)}
              // The broker may be told nonsense on purpose: this warns and does not forbid.
              description={fault && t('not_json', { why: fault })}
              inputWrapperOrder={['label', 'input', 'description']}
              rows={Math.min(18, Math.max(6, body.split('\n').length))}
              resize="vertical"
              spellCheck={false}
            />
            {body !== tried.body && (
              <Button
                className={classes.reset}
                size="compact-xs"
                variant="subtle"
                color="gray"
                leftSection={<IconArrowBackUp size={16} />}
                onClick={() => onBody(undefined)}
              >
                {t('reset')}
              </Button>
            )}
          </>
        )}
      </div>
    </section>
  );
}

export function Headers({ label, headers }: { label: string; headers: [string, string][] }) {
  if (headers.length === 0) return null;
  return (
    <dl className={classes.headers} aria-label={label}>
      {headers.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function faultOf(body: string): string | undefined {
  try {
    JSON.parse(body);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
