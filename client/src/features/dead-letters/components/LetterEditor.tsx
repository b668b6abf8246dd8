/** The editor of a copy: what is typed is checked at once and shown as a change; the server says what else is wrong.
 *  A draft outlives a reload, and a session that ended. */
import { Alert, Button, Checkbox, Group, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '@/api/problem';
import { ReasonedButton } from '@/ui/ReasonedButton';
import { Failed } from '@/ui/states';
import { letterKeys, type ShownLetter, saveEdited } from '../api';
import { compare } from '../diff';
import { keepDraft, readDraft, removeDraft } from '../draft';
import { findMistake, losesDigits, type Mistake, pretty } from '../json';
import { Diff } from './Diff';
import { textOf } from './LetterBody';
import classes from './LetterEditor.module.css';

/** Milliseconds after the last key, before the change is shown. */
const PAUSE = 200;

export function LetterEditor({ letter, onClose }: { letter: ShownLetter; onClose: () => void }) {
  const { t } = useTranslation('dead-letters');
  const navigate = useNavigate();
  const queries = useQueryClient();
  const original = useMemo(() => textOf(letter), [letter]);
  const [found] = useState(() => readDraft(letter.id));
  const [draft, setDraft] = useState(found ?? { text: original, kind: letter.kind });
  const [isKept, setKept] = useState(true);
  const [force, setForce] = useState(false);
  const area = useRef<HTMLTextAreaElement>(null);
  const { text, kind } = draft;
  const mistake = useMemo(() => findMistake(text), [text]);
  const isChanged = text !== original || kind !== letter.kind;
  const mayBeSent = letter.operation !== null;

  const saving = useMutation({
    mutationFn: () =>
      saveEdited(letter.id, {
        body: JSON.parse(text) as unknown,
        ...(kind === letter.kind ? {} : { kind }),
        ...(mayBeSent && force ? { force } : {}),
      }),
    onSuccess: (copy) => {
      removeDraft(letter.id);
      queries.setQueryData(letterKeys.one(copy.id), copy);
      queries.invalidateQueries({ queryKey: letterKeys.all });
      return navigate({ to: '/dead-letters/$id', params: { id: copy.id } });
    },
  });
  const change = (next: Partial<typeof draft>) => {
    const whole = { ...draft, ...next };
    setDraft(whole);
    setKept(keepDraft(letter.id, whole));
  };
  const drop = () => {
    removeDraft(letter.id);
    setDraft({ text: original, kind: letter.kind });
    onClose();
  };
  const goTo = ({ offset }: Mistake) => {
    area.current?.focus();
    area.current?.setSelectionRange(offset, Math.min(offset + 1, text.length));
  };
  const error = saving.error;
  const problem = error instanceof Problem ? error : undefined;
  const cannotSave = mistake ? sentence(mistake) : isChanged ? undefined : t('edit.unchanged');
  return (
    <Stack gap="sm" component="section" aria-label={t('edit.title')}>
      <Text size="sm" c="dimmed">
        {t('edit.means')}
      </Text>
      {found && isChanged && (
        <Alert variant="light" color="blue" py={6}>
          {t('edit.draft')}
        </Alert>
      )}
      {!letter.is_json && (
        <Alert variant="light" color="orange" py={6}>
          {t('edit.notJson')}
        </Alert>
      )}
      {!mistake && <Digits text={text} />}
      <div className={classes.columns}>
        <Stack gap="xs" miw={0}>
          <TextInput
            size="xs"
            label={t('edit.kind')}
            value={kind}
            error={problem?.of('kind')}
            onChange={(event) => change({ kind: event.currentTarget.value })}
          />
          <Textarea
            ref={area}
            label={t('edit.text')}
            value={text}
            onChange={(event) => change({ text: event.currentTarget.value })}
            spellCheck={false}
            autoCapitalize="off"
            autoComplete="off"
            wrap="off"
            rows={Math.min(24, Math.max(8, text.split('\n').length + 2))}
            classNames={{ input: classes.area }}
            error={problem?.of('body')}
            aria-invalid={mistake !== undefined}
          />
          <Group gap="xs" mih={24} role="status">
            {mistake ? (
              <>
                <Text size="xs" c="var(--mantine-color-error)">
                  {sentence(mistake)}
                </Text>
                <Button size="compact-xs" variant="default" onClick={() => goTo(mistake)}>
                  {t('edit.goTo')}
                </Button>
              </>
            ) : (
              <Text size="xs" c="dimmed">
                {t('edit.valid')}
              </Text>
            )}
            {isChanged && (
              <Text size="xs" c="dimmed">
                {isKept ? t('edit.kept') : t('edit.notKept')}
              </Text>
            )}
          </Group>
        </Stack>
        <Changes letter={letter} original={original} text={text} kind={kind} />
      </div>
      {mayBeSent && (
        <Checkbox
          label={t('edit.force')}
          description={t('edit.forceMeans')}
          checked={force}
          onChange={(event) => setForce(event.currentTarget.checked)}
        />
      )}
      {error && <Failed error={error} retry={() => saving.mutate()} />}
      <Group gap="xs">
        <ReasonedButton size="xs" reason={cannotSave} loading={saving.isPending} onClick={() => saving.mutate()}>
          {t('edit.save')}
        </ReasonedButton>
        <Button size="xs" variant="default" onClick={onClose}>
          {t('edit.close')}
        </Button>
        {isChanged && (
          <Button size="xs" variant="subtle" color="red" onClick={drop}>
            {t('edit.drop')}
          </Button>
        )}
      </Group>
    </Stack>
  );

  function sentence({ line, column, reason }: Mistake): string {
    return t('edit.mistake', { line, column, reason: t(`edit.reason.${reason}`) });
  }
}

function Digits({ text }: { text: string }) {
  const { t } = useTranslation('dead-letters');
  const isLost = useMemo(() => losesDigits(JSON.parse(text)), [text]);
  if (!isLost) return null;
  return (
    <Alert variant="light" color="orange" py={6}>
      {t('edit.digits')}
    </Alert>
  );
}

interface ChangesProps {
  letter: ShownLetter;
  original: string;
  text: string;
  kind: string;
}

/** Between the two as the server would keep them: how somebody indents is no change. */
function Changes({ letter, original, text, kind }: ChangesProps) {
  const { t } = useTranslation('dead-letters');
  const [settled] = useDebouncedValue(text, PAUSE);
  const shown = useMemo(() => {
    if (findMistake(settled)) return 'mistake' as const;
    return compare(original, pretty(JSON.parse(settled)));
  }, [original, settled]);
  return (
    <Stack gap="xs" miw={0}>
      <Text component="h2" className={classes.heading}>
        {t('edit.changes')}
      </Text>
      {kind !== letter.kind && (
        <Text size="sm">{t('edit.kindChanges', { before: letter.kind, after: kind || '–' })}</Text>
      )}
      {shown === 'mistake' && (
        <Text size="sm" c="dimmed">
          {t('edit.waitsForJson')}
        </Text>
      )}
      {shown === undefined && (
        <Text size="sm" c="dimmed">
          {t('edit.tooDifferent')}
        </Text>
      )}
      {shown &&
        shown !== 'mistake' &&
        (shown.hunks.length > 0 ? (
          <Diff change={shown} />
        ) : (
          <Text size="sm" c="dimmed">
            {t('edit.noChanges')}
          </Text>
        ))}
    </Stack>
  );
}
