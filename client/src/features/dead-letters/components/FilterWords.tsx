/** A filter in words, for who is about to do something with all that it means. */
import { Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import { Facts } from '@/ui/Facts';
import { capitalized } from '@/ui/words';
import type { OperationKind } from '../api';
import { type Filter, words } from '../filter';

export function FilterWords({ filter, kind }: { filter: Filter; kind: OperationKind }) {
  const { t, i18n } = useTranslation('dead-letters');
  const format = useFormat();
  const said = words.flatMap((word) => {
    const value = filter[word];
    if (value === undefined) return [];
    const isTime = word === 'since' || word === 'until';
    return [{ name: t(`filter.${word}`), value: isTime ? format.time(value) : value }];
  });
  if (filter.state)
    said.unshift({ name: t('filter.state'), value: capitalized(t(`state.${filter.state}`), i18n.language) });
  return (
    <>
      {!filter.state && <Text size="sm">{t(`dialog.allFor.${kind}`)}</Text>}
      {said.length > 0 && <Facts facts={said} />}
    </>
  );
}
