/** Where one has things sent to. */
import { Button, Group, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '@/api/client';
import type { Address } from '@/api/types';
import { useSend } from '@/api/useSend';
import { FormProblem } from '@/session/FormProblem';
import { Failed, Loading } from '@/ui/states';
import { AddressForm } from './AddressForm';
import { countryName } from './countries';
import { Row, Rows, Section } from './Section';
import { SureButton } from './SureButton';

const key = ['me', 'addresses'];

export function Addresses() {
  const { t, i18n } = useTranslation('me');
  const queries = useQueryClient();
  /** The id of one, or `new`. */
  const [edited, setEdited] = useState<string>();
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => ask<{ addresses: Address[] }>('/v1/me/addresses', { signal, lists: ['addresses'] }),
  });
  const refresh = () => queries.invalidateQueries({ queryKey: key });
  const removing = useSend(async (id: string) => {
    await ask(`/v1/me/addresses/${encodeURIComponent(id)}`, { method: 'DELETE' });
    await refresh();
  });
  const finish = async (changed: boolean) => {
    setEdited(undefined);
    if (changed) await refresh();
  };
  const lines = (it: Address) =>
    [it.street, `${it.postal_code} ${it.city}`.trim(), countryName(it.country, i18n.language)].join(', ');
  return (
    <Section title={t('addresses.title')} about={t('addresses.about')}>
      {error && <Failed error={error} retry={() => void refetch()} />}
      {!data && !error && <Loading />}
      <FormProblem sending={removing} fields={[]} />
      {data?.addresses.length === 0 && edited === undefined && (
        <Text size="sm" c="dimmed" mb="sm">
          {t('addresses.none')}
        </Text>
      )}
      <Rows label={t('addresses.title')}>
        {data?.addresses.map((address) =>
          edited === address.id ? (
            <Row key={address.id}>
              <AddressForm address={address} onDone={finish} />
            </Row>
          ) : (
            <Row
              key={address.id}
              actions={
                <Group gap={6}>
                  <Button
                    size="xs"
                    variant="default"
                    aria-label={t('addresses.editOf', { name: address.name })}
                    onClick={() => setEdited(address.id)}
                  >
                    {t('edit')}
                  </Button>
                  <SureButton
                    label={t('remove')}
                    name={t('addresses.removeOf', { name: address.name })}
                    confirm={t('addresses.removeSure')}
                    onSure={() => void removing.send(address.id)}
                  />
                </Group>
              }
            >
              <Text size="sm" fw={500}>
                {address.name}
              </Text>
              <Text size="sm" c="dimmed">
                {lines(address)}
              </Text>
            </Row>
          ),
        )}
      </Rows>
      {edited === 'new' && <AddressForm onDone={finish} />}
      {data && edited === undefined && (
        <Button
          mt={data.addresses.length > 0 ? 'xs' : 0}
          size="xs"
          variant="default"
          leftSection={<IconPlus size={16} />}
          onClick={() => setEdited('new')}
        >
          {t('addresses.add')}
        </Button>
      )}
    </Section>
  );
}
