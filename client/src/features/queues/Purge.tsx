/** Purges the dead letters of one queue, once its name was typed; what waits in the queue itself stays. */
import { Alert, Anchor, Button, Group, Text, TextInput } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type FormEvent, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '@/api/client';
import type { LetterGroups } from '@/api/types';
import { useFormat } from '@/i18n/format';
import { Failed } from '@/ui/states';
import classes from './Queues.module.css';
import type { Operation } from './types';

export function Purge({ queue }: { queue: string }) {
  const { t } = useTranslation('queues');
  const format = useFormat();
  const [typed, setTyped] = useState('');
  const letters = useQuery({
    queryKey: ['/v1/admin/dead-letters/groups', queue],
    queryFn: ({ signal }) =>
      ask<LetterGroups>('/v1/admin/dead-letters/groups', {
        query: { queue, state: 'dead' },
        signal,
        lists: ['groups'],
      }),
    refetchInterval: 5_000,
  });
  const purge = useMutation({
    mutationFn: () =>
      ask<Operation>('/v1/admin/operations', {
        method: 'POST',
        body: { kind: 'purge', filter: { queue, state: 'dead' }, force: true },
      }),
    onSuccess: () => setTyped(''),
  });
  const count = letters.data?.groups.reduce((total, group) => total + group.count, 0);
  const isRight = typed === queue;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (isRight && !purge.isPending) purge.mutate();
  };
  return (
    <section className={classes.purge} aria-labelledby="purge">
      <h3 id="purge" className={classes.heading}>
        {t('purge.title')}
      </h3>
      <Text size="sm" c="dimmed" mb="xs">
        {count !== undefined && `${t('purge.count', { count, shown: format.number(count) })} `}
        {t('purge.hint')}
      </Text>
      {letters.error && <Failed error={letters.error} retry={() => void letters.refetch()} />}
      <form onSubmit={submit}>
        <Group align="flex-end" gap="xs">
          <TextInput
            className={classes.grow}
            label={t('purge.type', { queue })}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
            autoComplete="off"
            spellCheck={false}
          />
          <Button
            type="submit"
            color="red"
            variant="outline"
            leftSection={<IconTrash size={16} aria-hidden />}
            disabled={!isRight || count === 0}
            loading={purge.isPending}
          >
            {t('purge.do')}
          </Button>
        </Group>
      </form>
      {purge.error && (
        <>
          <Failed error={purge.error} retry={() => purge.mutate()} />
          <Text size="sm" c="dimmed">
            {t('purge.maybe')}{' '}
            <Anchor component={Link} to="/operations" size="sm">
              {t('purge.operations')}
            </Anchor>
          </Text>
        </>
      )}
      {purge.data && (
        <Alert color="teal" variant="light" mt="sm" role="status">
          {t('purge.begun', { count: purge.data.total, shown: format.number(purge.data.total) })}{' '}
          <Anchor component={Link} to="/operations/$id" params={{ id: purge.data.id } as never} size="sm">
            {t('purge.watch')}
          </Anchor>
        </Alert>
      )}
    </section>
  );
}
