/** An address, new or changed. */
import { Button, Group, NativeSelect, Stack, TextInput } from '@mantine/core';
import { type FormEvent, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ask } from '@/api/client';
import type { Address } from '@/api/types';
import { useSend } from '@/api/useSend';
import { FormProblem } from '@/session/FormProblem';
import { countries } from './countries';
import { SendButton } from './SendButton';

const fields = ['name', 'street', 'postal_code', 'city', 'country'] as const;
type Given = Record<(typeof fields)[number], string>;
const empty: Given = { name: '', street: '', postal_code: '', city: '', country: '' };

interface AddressFormProps {
  address?: Address;
  onDone: (changed: boolean) => void;
}

export function AddressForm({ address, onDone }: AddressFormProps) {
  const { t, i18n } = useTranslation('me');
  const [given, setGiven] = useState<Given>(() =>
    address ? (Object.fromEntries(fields.map((name) => [name, address[name]])) as Given) : empty,
  );
  const all = useMemo(() => [{ value: '', label: '' }, ...countries(i18n.language)], [i18n.language]);
  const sending = useSend(() =>
    address
      ? ask(`/v1/me/addresses/${encodeURIComponent(address.id)}`, { method: 'PUT', body: given })
      : ask('/v1/me/addresses', { method: 'POST', body: given }),
  );
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    if (await sending.send()) onDone(true);
  };
  const field = (name: keyof Given, autoComplete: string) => ({
    label: t(`addresses.${name}`),
    name,
    autoComplete,
    value: given[name],
    onChange: (event: { currentTarget: { value: string } }) => {
      const { value } = event.currentTarget;
      setGiven((before) => ({ ...before, [name]: value }));
    },
    error: sending.of(name),
  });
  return (
    <form onSubmit={submit} noValidate aria-label={address ? t('addresses.edit') : t('addresses.add')}>
      <Stack gap="sm" py="xs">
        <FormProblem sending={sending} fields={[...fields]} />
        <TextInput data-autofocus autoFocus {...field('name', 'name')} />
        <TextInput {...field('street', 'street-address')} />
        <Group grow align="flex-start" preventGrowOverflow={false}>
          <TextInput maw={140} {...field('postal_code', 'postal-code')} />
          <TextInput {...field('city', 'address-level2')} />
        </Group>
        <NativeSelect data={all} {...field('country', 'country')} />
        <Group gap="xs">
          <SendButton sending={sending} label={address ? t('save') : t('addresses.add')} />
          <Button size="xs" variant="default" onClick={() => onDone(false)}>
            {t('cancel')}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
