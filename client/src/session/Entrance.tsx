/** The frame of the pages outside of the shell, and where they lead: back to where the user wanted to go. */
import { Anchor, Text, Title } from '@mantine/core';
import { useRouter } from '@tanstack/react-router';
import type { MouseEvent, ReactNode } from 'react';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './Entrance.module.css';
import { useSession } from './session';
import { target } from './target';

interface EntranceProps {
  title: string;
  /** The question under the form, and the page that answers it. */
  other: { question: string; label: string; path: string };
  note?: ReactNode;
  children: ReactNode;
}

export function Entrance({ title, other, note, children }: EntranceProps) {
  const { t } = useTranslation('me');
  const router = useRouter();
  const { state } = useSession();
  const query = window.location.search;
  useEffect(() => {
    // Whoever is signed in, here or in another tab, has no business at the entrance.
    if (state === 'in') router.history.replace(target(query));
  }, [state, router, query]);
  useEffect(() => {
    document.title = `${title} · Switchboard`;
  }, [title]);
  const go = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    router.history.push(other.path + query);
  };
  return (
    <main className={classes.page}>
      <div className={classes.column}>
        <div className={classes.mark}>
          <img src="/icon.svg" alt="" width={24} height={24} />
          Switchboard
        </div>
        <div className={classes.card}>
          <Title order={1} mb="md">
            {title}
          </Title>
          {!window.isSecureContext && (
            <Text size="sm" className={classes.note} mb="md" mt={0}>
              {t('session.insecure')}
            </Text>
          )}
          {children}
          <Text size="sm" className={classes.foot}>
            {other.question}{' '}
            <Anchor href={other.path + query} onClick={go} className={classes.link} underline="always">
              {other.label}
            </Anchor>
          </Text>
        </div>
        {note}
      </div>
    </main>
  );
}
