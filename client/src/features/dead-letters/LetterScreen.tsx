/** One letter with all that is known of it, what can be done with it, and its editor. */
import { Alert, Code, Stack, Text } from '@mantine/core';
import { IconPencil } from '@tabler/icons-react';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { useCommand } from '@/commands/commands';
import { useMay } from '@/session/session';
import { Page } from '@/ui/Page';
import { ReasonedButton } from '@/ui/ReasonedButton';
import { Failed, Loading } from '@/ui/states';
import type { OperationKind, ShownLetter } from './api';
import { Actions } from './components/Actions';
import { LetterBody } from './components/LetterBody';
import { LetterEditor } from './components/LetterEditor';
import { LetterFacts } from './components/LetterFacts';
import { StateBadge } from './components/StateBadge';
import classes from './LetterScreen.module.css';
import { useLetter } from './live';

export default function LetterScreen() {
  const { t } = useTranslation('dead-letters');
  const { id = '' } = useParams({ strict: false }) as { id?: string };
  const search = useSearch({ strict: false }) as { edit?: boolean };
  const navigate = useNavigate();
  const letter = useLetter(id);
  const setEditing = (edit: boolean) =>
    navigate({ to: '/dead-letters/$id', params: { id }, search: edit ? { edit } : {}, replace: !edit });
  return (
    <Page
      back={{ to: '/dead-letters', label: t('back') }}
      title={t('letter.title')}
      count={letter.data && <StateBadge state={letter.data.state} />}
      actions={letter.data && <LetterActions letter={letter.data} onEdit={() => setEditing(true)} />}
    >
      {letter.error && <Failed error={letter.error} retry={() => letter.refetch()} />}
      {letter.isPending && <Loading />}
      {letter.data && (
        <LetterContent key={id} letter={letter.data} isEdited={search.edit === true} setEditing={setEditing} />
      )}
    </Page>
  );
}

interface LetterContentProps {
  letter: ShownLetter;
  isEdited: boolean;
  setEditing: (edit: boolean) => void;
}

function LetterContent({ letter, isEdited, setEditing }: LetterContentProps) {
  const { t } = useTranslation('dead-letters');
  const isAdmin = useMay('admin');
  const canEdit = isEdited && isAdmin && letter.state === 'dead';
  return (
    <Stack gap="sm">
      <Notices letter={letter} />
      <section>
        <Text component="h2" className={classes.heading}>
          {t('letter.reason')}
        </Text>
        <Code block className={classes.reason}>
          {letter.reason}
        </Code>
      </section>
      {canEdit ? (
        <LetterEditor letter={letter} onClose={() => setEditing(false)} />
      ) : (
        <div className={classes.columns}>
          <LetterBody letter={letter} />
          <LetterFacts letter={letter} />
        </div>
      )}
    </Stack>
  );
}

function Notices({ letter }: { letter: ShownLetter }) {
  const { t } = useTranslation('dead-letters');
  const isDead = letter.state === 'dead';
  return (
    <>
      {isDead && letter.replaces && !letter.operation && (
        <Alert variant="light" color="blue" py="xs" title={t('letter.copyOf')}>
          {t('letter.copyOfText', { id: letter.replaces })}
        </Alert>
      )}
      {isDead && letter.operation && (
        <Alert variant="light" color="orange" py="xs">
          {t('letter.mayBeSent', { id: letter.operation })}
        </Alert>
      )}
      {isDead && !letter.readable && (
        <Alert variant="light" color="orange" py="xs">
          {t('letter.unreadable')}
        </Alert>
      )}
    </>
  );
}

function LetterActions({ letter, onEdit }: { letter: ShownLetter; onEdit: () => void }) {
  const { t } = useTranslation('dead-letters');
  const isAdmin = useMay('admin');
  const state = t(`state.${letter.state}`);
  const cannotEdit = !isAdmin
    ? t('why.role')
    : letter.state === 'replaying'
      ? t('why.replaying')
      : letter.state !== 'dead'
        ? t('why.notDead', { state })
        : undefined;
  useCommand({
    id: 'dead-letters.edit',
    title: t('commands.edit'),
    group: t('title'),
    keys: 'e',
    ...(cannotEdit === undefined ? {} : { unavailable: cannotEdit }),
    run: onEdit,
  });
  return (
    <>
      <ReasonedButton
        size="xs"
        variant="default"
        leftSection={<IconPencil size={16} />}
        reason={cannotEdit}
        onClick={onEdit}
      >
        {t('act.edit')}
      </ReasonedButton>
      <Actions which={{ letters: [letter] }} isOne reasons={reasonsOf(letter, (why) => t(`why.${why}`, { state }))} />
    </>
  );
}

type Why = 'replaying' | 'replayState' | 'discardState' | 'unreadable';

function reasonsOf(letter: ShownLetter, say: (why: Why) => string): Partial<Record<OperationKind, string>> {
  const { state, readable } = letter;
  if (state === 'replaying') return { replay: say('replaying'), discard: say('replaying'), purge: say('replaying') };
  const reasons: Partial<Record<OperationKind, string>> = {};
  if (state !== 'dead' && state !== 'discarded') reasons.replay = say('replayState');
  else if (!readable) reasons.replay = say('unreadable');
  if (state !== 'dead') reasons.discard = say('discardState');
  return reasons;
}
