/** What is known of a letter besides its body: where it comes from, what was tried, and its headers. */
import { Anchor } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import { Copied } from '@/ui/CopyCode';
import { Facts } from '@/ui/Facts';
import { Moment } from '@/ui/Time';
import type { ShownLetter } from '../api';
import type { Search } from '../filter';
import classes from './LetterFacts.module.css';

export function LetterFacts({ letter }: { letter: ShownLetter }) {
  const { t } = useTranslation('dead-letters');
  const format = useFormat();
  const { identity } = letter;
  const values: Record<Field, ReactNode> = {
    replaces: letter.replaces && <LetterLink id={letter.replaces} />,
    replaced_by: letter.replaced_by && <LetterLink id={letter.replaced_by} />,
    operation: letter.operation && (
      <Anchor component={Link} to={`/operations/${letter.operation}`} inherit>
        {letter.operation}
      </Anchor>
    ),
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
  };
  const facts = Object.entries(values).map(([field, value]) => {
    return { name: t(`letter.field.${field}`), value, code: linked.includes(field) };
  });
  const headers = Object.entries(letter.headers).filter(([, value]) => value !== null);
  return (
    <div className={classes.facts}>
      <section aria-label={t('letter.facts')}>
        <h2 className={classes.heading}>{t('letter.facts')}</h2>
        <Facts facts={facts} />
      </section>
      <section aria-label={t('letter.headers')}>
        <h2 className={classes.heading}>{t('letter.headers')}</h2>
        <Facts facts={headers.map(([name, value]) => ({ name, value, code: true }))} />
      </section>
    </div>
  );
}

type Field =
  | 'replaces'
  | 'replaced_by'
  | 'operation'
  | 'queue'
  | 'service'
  | 'kind'
  | 'cause'
  | 'attempts'
  | 'deaths'
  | 'died_at'
  | 'time'
  | 'changed_at'
  | 'id'
  | 'event_id'
  | 'trace_id'
  | 'source'
  | 'subject'
  | 'identity'
  | 'size';

/** Ids that lead somewhere. */
const linked = ['replaces', 'replaced_by', 'operation'];

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
    <Anchor component={Link} to={`/dead-letters/${id}`} inherit>
      {id}
    </Anchor>
  );
}
