/** The one question before letters are replayed, discarded or purged: how many, which, how fast, and whether by force.
 *  Nothing is shown as done here: the operation's page tells what the server says. */
import { Alert, Anchor, Button, Checkbox, Group, Modal, NumberInput, Stack, Text } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Problem } from '@/api/problem';
import { useFormat } from '@/i18n/format';
import { Failed } from '@/ui/states';
import { begin, letterKeys, type OperationKind, type Which } from '../api';
import { countMeant, FASTEST, leftOut, MOST } from '../count';
import type { Filter } from '../filter';
import { FilterWords } from './FilterWords';

interface OperationDialogProps {
  kind: OperationKind;
  which: Which;
  onClose: () => void;
}

export function OperationDialog({ kind, which, onClose }: OperationDialogProps) {
  const { t } = useTranslation('dead-letters');
  const format = useFormat();
  const navigate = useNavigate();
  const [rate, setRate] = useState<string | number>('');
  const [force, setForce] = useState(false);
  const filter = 'filter' in which ? which.filter : undefined;
  const count = useCount(kind, filter, force);
  const ticked = 'letters' in which ? which.letters : [];
  const letters = filter ? count.data?.letters : ticked.length;
  const isLeast = filter !== undefined && count.data?.isLeast === true;
  const left = leftOut(kind, ticked, force);
  const isRateWrong = rate !== '' && !(Number.isInteger(rate) && Number(rate) >= 1 && Number(rate) <= FASTEST);
  const beginning = useMutation({
    mutationFn: () => begin({ kind, which, rate: rate === '' ? undefined : Number(rate), force }),
    onSuccess: ({ id }) => navigate({ to: '/operations/$id', params: { id } }),
  });
  const number = letters === undefined ? '' : format.number(letters);
  const shown = isLeast ? t('atLeast', { number }) : number;
  const said = { count: letters ?? 0, number: shown };
  const isTooMany = filter !== undefined && (letters ?? 0) > MOST;
  const canBegin = !!letters && !isTooMany && !isRateWrong && !beginning.isPending;
  const isNoAnswer = beginning.error instanceof Problem && beginning.error.status === 0;
  return (
    <Modal
      opened
      onClose={onClose}
      title={letters === undefined ? t(`dialog.counting.${kind}`) : t(`dialog.title.${kind}`, said)}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (canBegin) beginning.mutate();
        }}
      >
        <Stack gap="sm">
          <Text size="sm">{t(`dialog.what.${kind}`)}</Text>
          <section aria-label={t('dialog.scope')}>
            {filter ? (
              <FilterWords filter={filter} kind={kind} />
            ) : (
              <Text size="sm">
                {ticked.length === 1 && ticked[0]
                  ? t('dialog.one', { id: ticked[0].id })
                  : t('dialog.ticked', { count: ticked.length, number: format.number(ticked.length) })}
              </Text>
            )}
          </section>
          {filter && (
            <Text size="xs" c="dimmed">
              {t('dialog.fixed')} {t('dialog.counted')}
            </Text>
          )}
          <NumberInput
            label={t('dialog.rate')}
            description={t('dialog.rateHint', { most: format.number(FASTEST) })}
            value={rate}
            onChange={setRate}
            allowDecimal={false}
            allowNegative={false}
            clampBehavior="none"
            error={isRateWrong ? t('dialog.rateWrong', { most: format.number(FASTEST) }) : fieldError(beginning.error)}
            maw={300}
          />
          {kind !== 'discard' && (
            <Checkbox
              label={t(`dialog.force.${kind}`)}
              description={t(`dialog.forceMeans.${kind}`)}
              checked={force}
              onChange={(event) => setForce(event.currentTarget.checked)}
            />
          )}
          <Warning>
            {isTooMany
              ? t('dialog.tooMany', { most: format.number(MOST) })
              : letters === 0
                ? t('dialog.nothing')
                : kind === 'purge' && filter?.state === 'dead' && !force
                  ? t('dialog.purgeNeedsForce')
                  : left > 0 && left === ticked.length
                    ? t('dialog.leftOutAll')
                    : left > 0
                      ? t('dialog.leftOut', { count: left, number: format.number(left) })
                      : undefined}
          </Warning>
          {count.error && <Failed error={count.error} retry={() => count.refetch()} />}
          {beginning.error && <Failed error={beginning.error} />}
          {isNoAnswer && (
            <Text size="sm">
              {t('dialog.maybe')}{' '}
              <Anchor component={Link} to="/operations">
                {t('dialog.seeOperations')}
              </Anchor>
            </Text>
          )}
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('dialog.cancel')}
            </Button>
            <Button
              type="submit"
              color={kind === 'replay' ? undefined : 'red'}
              disabled={!canBegin}
              loading={beginning.isPending}
            >
              {letters === undefined ? t(`dialog.counting.${kind}`) : t(`dialog.confirm.${kind}`, said)}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** Of what the filter means, as it is now. */
function useCount(kind: OperationKind, filter: Filter | undefined, force: boolean) {
  return useQuery({
    queryKey: letterKeys.count(kind, filter ?? {}, force),
    queryFn: ({ signal }) => countMeant(kind, filter ?? {}, force, signal),
    enabled: filter !== undefined,
    staleTime: 0,
    gcTime: 0,
  });
}

function fieldError(error: Error | null): string | undefined {
  return error instanceof Problem ? error.of('rate') : undefined;
}

function Warning({ children }: { children: string | undefined }) {
  if (!children) return null;
  return (
    <Alert color="orange" variant="light" py="xs" role="status">
      {children}
    </Alert>
  );
}
