/** Keys for machines: what they may, when they were used, and the end of them. */
import { Button, Group, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '@/api/client';
import type { ApiKey, NewApiKey } from '@/api/types';
import { useSend } from '@/api/useSend';
import { useFormat } from '@/i18n/format';
import { FormProblem } from '@/session/FormProblem';
import { Failed, Loading } from '@/ui/states';
import { Ago } from '@/ui/Time';
import { ApiKeyForm } from './ApiKeyForm';
import { NewKey } from './NewKey';
import { Row, Rows, Section } from './Section';
import { SureButton } from './SureButton';

const key = ['me', 'api-keys'];

export function ApiKeys({ role }: { role: string }) {
  const { t } = useTranslation('me');
  const format = useFormat();
  const queries = useQueryClient();
  const [isMaking, setMaking] = useState(false);
  const [made, setMade] = useState<NewApiKey>();
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => ask<{ api_keys: ApiKey[] }>('/v1/me/api-keys', { signal, lists: ['api_keys'] }),
  });
  const refresh = () => queries.invalidateQueries({ queryKey: key });
  const revoking = useSend(async (id: string) => {
    await ask(`/v1/me/api-keys/${encodeURIComponent(id)}`, { method: 'DELETE' });
    setMade((shown) => (shown?.id === id ? undefined : shown));
    await refresh();
  });
  const finish = async (fresh: NewApiKey | undefined) => {
    setMaking(false);
    if (!fresh) return;
    setMade(fresh);
    await refresh();
  };
  return (
    <Section title={t('keys.title')} about={t('keys.about')}>
      {error && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      <FormProblem sending={revoking} fields={[]} />
      {made && <NewKey made={made} onClose={() => setMade(undefined)} />}
      {data?.api_keys.length === 0 && !isMaking && (
        <Text size="sm" c="dimmed" mb="sm">
          {t('keys.none')}
        </Text>
      )}
      <Rows label={t('keys.title')}>
        {data?.api_keys.map((each) => (
          <Row
            key={each.id}
            actions={
              <SureButton
                label={t('keys.revoke')}
                name={t('keys.revokeOf', { name: each.name })}
                confirm={t('keys.revokeSure')}
                onSure={() => void revoking.send(each.id)}
              />
            }
          >
            <Group gap="xs" align="baseline">
              <Text size="sm" fw={500}>
                {each.name}
              </Text>
              <Text size="xs" c="dimmed">
                {each.roles.map((name) => t(`keys.role.${name}`, { defaultValue: name })).join(', ')}
              </Text>
            </Group>
            <Text size="sm" c="dimmed" component="div">
              {each.last_used_at ? (
                <>
                  {t('keys.used')} <Ago at={each.last_used_at} />
                </>
              ) : (
                t('keys.unused')
              )}
              {' · '}
              {each.expires_at ? t('keys.until', { time: format.time(each.expires_at) }) : t('keys.forEver')}
            </Text>
          </Row>
        ))}
      </Rows>
      {isMaking && <ApiKeyForm role={role} onDone={finish} />}
      {data && !isMaking && (
        <Button
          mt={data.api_keys.length > 0 ? 'xs' : 0}
          size="xs"
          variant="default"
          leftSection={<IconPlus size={16} />}
          onClick={() => setMaking(true)}
        >
          {t('keys.make')}
        </Button>
      )}
    </Section>
  );
}
