/** What is known of a letter besides its body: where it comes from, what was tried, and its headers. */
import { ActionIcon, Anchor, CopyButton, Text, Tooltip } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import { Ago } from '@/ui/Time';
import type { ShownLetter } from '../api';
import type { Search } from '../filter';
import classes from './LetterFacts.module.css';
import { StateBadge } from './StateBadge';

export function LetterFacts({ letter }: { letter: ShownLetter }) {
  const { t } = useTranslation('dead-letters');
  const format = useFormat();
  const { identity } = letter;
  const facts: Partial<Record<Field, ReactNode>> = {
    state: <StateBadge state={letter.state} />,
    queue: <Alike search={{ queue: letter.queue, view: 'letters' }}>{letter.queue}</Alike>,
    service: letter.service,
    kind: letter.kind,
    cause: (
      <Alike search={{ queue: letter.queue, kind: letter.kind, cause: letter.cause, view: 'letters' }}>
        {letter.cause}
      </Alike>
    ),
    attempts: format.number(letter.attempts),
    deaths: format.number(letter.deaths),
    died_at: <Moment at={letter.died_at} />,
    time: <Moment at={letter.time} />,
    changed_at: <Moment at={letter.changed_at} />,
    id: <Copied text={letter.id} />,
    event_id: <Copied text={letter.event_id} />,
    trace_id: letter.trace_id && <Copied text={letter.trace_id} />,
    source: letter.source,
    subject: letter.subject,
    identity: identity && `${identity.subject}${identity.roles?.length ? ` (${identity.roles.join(', ')})` : ''}`,
    size: format.bytes(letter.size),
    operation: letter.operation && (
      <Anchor component={Link} to={`/operations/${letter.operation}`} inherit className={classes.id}>
        {letter.operation}
      </Anchor>
    ),
    replaces: letter.replaces && <LetterLink id={letter.replaces} />,
    replaced_by: letter.replaced_by && <LetterLink id={letter.replaced_by} />,
  };
  return (
    <div className={classes.facts}>
      <section aria-label={t('letter.facts')}>
        <Text component="h2" className={classes.heading}>
          {t('letter.facts')}
        </Text>
        <dl className={classes.list}>
          {fields.map((field) =>
            facts[field] ? (
              <div key={field} className={classes.row}>
                <dt>{t(`letter.field.${field}`)}</dt>
                <dd>{facts[field]}</dd>
              </div>
            ) : null,
          )}
        </dl>
      </section>
      <section aria-label={t('letter.headers')}>
        <Text component="h2" className={classes.heading}>
          {t('letter.headers')}
        </Text>
        <dl className={classes.list}>
          {Object.entries(letter.headers)
            .filter(([, value]) => value !== null)
            .map(([name, value]) => (
              <div key={name} className={classes.row}>
                <dt className={classes.id}>{name}</dt>
                <dd className={classes.id}>{value}</dd>
              </div>
            ))}
        </dl>
      </section>
    </div>
  );
}

const fields = [
  'replaces',
  'replaced_by',
  'operation',
  'queue',
  'service',
  'kind',
  'cause',
  'attempts',
  'deaths',
  'died_at',
  'time',
  'changed_at',
  'id',
  'event_id',
  'trace_id',
  'source',
  'subject',
  'identity',
  'size',
] as const;
type Field = (typeof fields)[number] | 'state';

function Moment({ at }: { at: string }) {
  const format = useFormat();
  return (
    <>
      {format.time(at)}{' '}
      <Text span inherit c="dimmed">
        (<Ago at={at} />)
      </Text>
    </>
  );
}

function Alike({ search, children }: { search: Search; children: string }) {
  return (
    // The routes are made of what the features say: their types cannot name each search.
    <Anchor component={Link} to="/dead-letters" search={search as never} inherit>
      {children}
    </Anchor>
  );
}

function LetterLink({ id }: { id: string }) {
  return (
    <Anchor component={Link} to={`/dead-letters/${id}`} inherit className={classes.id}>
      {id}
    </Anchor>
  );
}

function Copied({ text }: { text: string }) {
  const { t } = useTranslation('shell');
  return (
    <span className={classes.copied}>
      <span className={classes.id}>{text}</span>
      <CopyButton value={text}>
        {({ copied, copy }) => (
          <Tooltip label={copied ? t('shell:copied') : t('shell:copy')}>
            <ActionIcon
              size={24}
              variant="subtle"
              color="gray"
              onClick={copy}
              aria-label={`${copied ? t('shell:copied') : t('shell:copy')}: ${text}`}
            >
              {copied ? <IconCheck size={16} /> : <IconCopy size={16} />}
            </ActionIcon>
          </Tooltip>
        )}
      </CopyButton>
    </span>
  );
}
