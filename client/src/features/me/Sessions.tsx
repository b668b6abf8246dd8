/** Where one is signed in, and how to end that. */
import { Button, Code, Group, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { ask } from '@/api/client';
import { Problem } from '@/api/problem';
import type { OwnSession } from '@/api/types';
import { useSend } from '@/api/useSend';
import { FormProblem } from '@/session/FormProblem';
import { session } from '@/session/session';
import { Status } from '@/ui/Status';
import { Failed, Loading } from '@/ui/states';
import { Ago } from '@/ui/Time';
import { Row, Rows, Section } from './Section';
import { SureButton } from './SureButton';

const key = ['me', 'sessions'];

export function Sessions() {
  const { t } = useTranslation('me');
  const queries = useQueryClient();
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => ask<{ sessions: OwnSession[] }>('/v1/sessions', { signal, lists: ['sessions'] }),
  });
  const others = data?.sessions.filter((it) => !it.current) ?? [];
  const ending = useSend(async (ended: OwnSession[]) => {
    try {
      for (const each of ended) await end(each.id);
    } finally {
      await queries.invalidateQueries({ queryKey: key });
    }
  });
  const leaving = useSend((everywhere: boolean) => session.signOut(everywhere));
  return (
    <Section title={t('sessions.title')} about={t('sessions.about')}>
      {error && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      <FormProblem sending={ending} fields={[]} />
      <FormProblem sending={leaving} fields={[]} />
      <Rows label={t('sessions.title')}>
        {data?.sessions.map((each) => (
          <Row
            key={each.id}
            actions={
              each.current ? (
                <Button size="xs" variant="default" loading={leaving.pending} onClick={() => leaving.send(false)}>
                  {t('sessions.signOut')}
                </Button>
              ) : (
                <SureButton
                  label={t('sessions.end')}
                  name={t('sessions.endOf', { name: each.device || t('sessions.unknown') })}
                  confirm={t('sessions.endSure')}
                  onSure={() => void ending.send([each])}
                />
              )
            }
          >
            <Group gap="xs">
              <Text size="sm" fw={500}>
                {each.device || t('sessions.unknown')}
              </Text>
              {each.current && <Status tone="good">{t('sessions.current')}</Status>}
            </Group>
            <Text size="sm" c="dimmed" component="div">
              <Code>{each.address}</Code> {t('sessions.seen')} <Ago at={each.last_seen_at} />
            </Text>
          </Row>
        ))}
      </Rows>
      <Group gap="xs" mt="xs">
        {others.length > 0 && (
          <SureButton
            label={t('sessions.endOthers', { count: others.length })}
            name={t('sessions.endOthers', { count: others.length })}
            confirm={t('sessions.endSure')}
            pending={ending.pending}
            onSure={() => void ending.send(others)}
          />
        )}
        <SureButton
          label={t('sessions.everywhere')}
          name={t('sessions.everywhere')}
          confirm={t('sessions.everywhereSure')}
          pending={leaving.pending}
          onSure={() => void leaving.send(true)}
        />
      </Group>
    </Section>
  );
}

/** One that has ended meanwhile has ended. */
async function end(id: string): Promise<void> {
  try {
    await ask(`/v1/sessions/${encodeURIComponent(id)}`, { method: 'DELETE' });
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 404) throw error;
  }
}
