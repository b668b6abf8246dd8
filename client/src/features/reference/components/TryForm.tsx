/** An operation tried: its fields, its body, and what came back. A stream is not tried here: it is a line of the shell. */
import { Button, Group, NativeSelect, Text, Textarea, TextInput, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMay } from '@/session/session';
import { CopyCode } from '@/ui/CopyCode';
import { Failed } from '@/ui/states';
import type { ApiDocument, Operation, Parameter } from '../api/document';
import { examplesOf } from '../api/example';
import { asked, curlFor, faultsOf, fieldName, requestOf } from '../api/request';
import { send } from '../api/send';
import detail from './detail.module.css';
import { TryAnswer } from './TryAnswer';
import form from './try.module.css';

interface TryFormProps {
  document: ApiDocument;
  operation: Operation;
}

export function TryForm({ document, operation }: TryFormProps) {
  const { t } = useTranslation('reference');
  const { body, isStream, auth } = operation;
  const examples = useMemo(() => (body ? examplesOf(document, body) : []), [document, body]);
  const [fields, setFields] = useState<Record<string, string>>({});
  const [text, setText] = useState(examples[0]?.text ?? '');
  const [wasSent, setSent] = useState(false);
  const isAdmin = useMay('admin');
  const stop = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => stop.current?.abort(), []);

  const filled = { fields, body: text };
  const faults = faultsOf(operation, filled);
  const trial = useMutation({
    mutationFn: () => {
      stop.current?.abort();
      stop.current = new AbortController();
      return send(requestOf(operation, filled), stop.current.signal);
    },
  });
  const answer = trial.data;
  const reason = auth === 'admin' && !isAdmin ? t('adminOnly') : undefined;

  const faultOf = (name: string) => {
    const fault = wasSent ? faults[name] : undefined;
    return fault === 'missing' ? t('missing') : fault;
  };
  const places = new Set(asked(operation).map((parameter) => parameter.name));
  const bodyErrors = (answer?.errors ?? []).filter((error) => !places.has(error.field));

  const submit = () => {
    setSent(true);
    if (Object.keys(faults).length === 0 && !reason && !trial.isPending) trial.mutate();
  };
  const curl = curlFor(operation, filled, window.location.origin);
  return (
    <section className={form.try} aria-label={t('try')}>
      <Title order={3} className={detail.sectionTitle}>
        {isStream ? t('curl') : t('try')}
      </Title>
      {isStream && <Text size="sm">{t('stream')}</Text>}
      <form
        className={form.form}
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          submit();
        }}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) submit();
        }}
      >
        {asked(operation).map((parameter) => (
          <Field
            key={fieldName(parameter)}
            parameter={parameter}
            value={fields[fieldName(parameter)] ?? ''}
            error={
              faultOf(fieldName(parameter)) ?? answer?.errors.find((each) => each.field === parameter.name)?.detail
            }
            onChange={(value) => setFields({ ...fields, [fieldName(parameter)]: value })}
          />
        ))}
        {examples.length > 1 && (
          <NativeSelect
            size="xs"
            label={t('example')}
            data={examples.map(({ name }) => name)}
            onChange={(event) => {
              const chosen = examples.find(({ name }) => name === event.currentTarget.value);
              setText(chosen?.text ?? '');
            }}
          />
        )}
        {body && (
          <Textarea
            size="xs"
            label={t('body')}
            required={body.required}
            classNames={{ input: form.editor }}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            error={faultOf('body') ?? (bodyErrors.length > 0 && <FieldErrors errors={bodyErrors} />)}
            rows={Math.min(Math.max(text.split('\n').length + 1, 4), 20)}
            spellCheck={false}
            autoComplete="off"
          />
        )}
        {!body && bodyErrors.length > 0 && (
          <Text size="xs" c="red" component="div">
            <FieldErrors errors={bodyErrors} />
          </Text>
        )}
        {!isStream && (
          <Group gap="xs">
            <Button
              type="submit"
              size="xs"
              loading={trial.isPending}
              disabled={reason !== undefined}
              color={operation.method === 'DELETE' ? 'red' : undefined}
            >
              {t('send', { method: operation.method })}
            </Button>
            <Text size="xs" c="dimmed">
              {reason ?? (auth === 'open' ? t('withoutToken') : t('withToken'))}
            </Text>
          </Group>
        )}
      </form>
      {trial.error && <Failed error={trial.error} retry={submit} />}
      {answer && <TryAnswer answer={answer} />}
      {!isStream && <h4 className={detail.sectionTitle}>{t('curl')}</h4>}
      <CopyCode code={curl} />
    </section>
  );
}

interface FieldProps {
  parameter: Parameter;
  value: string;
  error: string | undefined;
  onChange: (value: string) => void;
}

function Field({ parameter, value, error, onChange }: FieldProps) {
  const { name, required, schema, example } = parameter;
  const shared = { size: 'xs', label: name, required, error, value, description: undefined } as const;
  if (schema?.enum) {
    const values = schema.enum.map(String);
    return (
      <NativeSelect {...shared} data={['', ...values]} onChange={(event) => onChange(event.currentTarget.value)} />
    );
  }
  return (
    <TextInput
      {...shared}
      placeholder={example === undefined ? (schema?.format ?? '') : String(example)}
      onChange={(event) => onChange(event.currentTarget.value)}
      autoComplete="off"
      spellCheck={false}
    />
  );
}

function FieldErrors({ errors }: { errors: { field: string; detail: string }[] }) {
  return errors.map(({ field, detail }) => (
    <span key={field + detail} className={form.fieldError}>
      <code>{field}</code> {detail}
    </span>
  ));
}
