/** What a letter says: JSON with its lines indented, or text and bytes where it is none. A large one begins with a part. */
import { Button, Group, SegmentedControl, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import { Copy } from '@/ui/CopyCode';
import type { ShownLetter } from '../api';
import { dump, REPLACED } from '../bytes';
import { pretty } from '../json';
import classes from './LetterBody.module.css';

/** Characters, and lines of bytes, that are shown at first. */
const PART = 64 * 1024;
const LINES = 512;

export function LetterBody({ letter }: { letter: ShownLetter }) {
  const { t } = useTranslation('dead-letters');
  const format = useFormat();
  const text = useMemo(() => textOf(letter), [letter]);
  const [isWhole, setWhole] = useState(false);
  const [as, setAs] = useState('text');
  const isBytes = !letter.is_json && as === 'bytes';
  const shown = useMemo(() => {
    if (isBytes) return dump(text, isWhole ? undefined : LINES);
    return isWhole ? text : text.slice(0, PART);
  }, [isBytes, isWhole, text]);
  const most = isBytes ? LINES * 16 : PART;
  const size = format.bytes(letter.size);
  return (
    <section aria-label={t('letter.body')} className={classes.body}>
      <Group justify="space-between" gap="xs" mih={30}>
        <Group gap="xs" align="baseline">
          <Text component="h2" className={classes.heading}>
            {t('letter.body')}
          </Text>
          <Text size="xs" c="dimmed">
            {letter.is_json ? t('body.json', { size }) : t('body.text', { size })}
          </Text>
        </Group>
        <Group gap={6}>
          {!letter.is_json && (
            <SegmentedControl
              size="xs"
              aria-label={t('body.as')}
              value={as}
              onChange={setAs}
              data={[
                { value: 'text', label: t('body.asText') },
                { value: 'bytes', label: t('body.asBytes') },
              ]}
            />
          )}
          <Copy text={text} />
        </Group>
      </Group>
      {!letter.is_json && text.includes(REPLACED) && (
        <Text size="xs" c="dimmed">
          {t('body.replaced')}
        </Text>
      )}
      {text === '' ? (
        <Text size="sm" c="dimmed">
          {t('body.empty')}
        </Text>
      ) : (
        // A place that scrolls is to be reached by keyboard.
        <pre className={classes.text} data-wraps={!isBytes} tabIndex={0} aria-label={t('letter.body')}>
          {shown}
        </pre>
      )}
      {!isWhole && text.length > most && (
        <Group gap="xs">
          <Text size="xs" c="dimmed">
            {t('body.part', { shown: format.bytes(most), size })}
          </Text>
          <Button size="compact-xs" variant="default" onClick={() => setWhole(true)}>
            {t('body.whole')}
          </Button>
        </Group>
      )}
    </section>
  );
}

/** As it is shown, and as an editor begins with it. */
export function textOf(letter: Pick<ShownLetter, 'body' | 'is_json'>): string {
  return letter.is_json ? pretty(letter.body) : String(letter.body ?? '');
}
