/** An operation in full: who may call it, what it takes, what it answers, and a form to try it. */
import { CopyButton, Text, Title, UnstyledButton } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { type ReactNode, useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '@/i18n/format';
import { type ApiDocument, type Operation, type Parameter, type Schema } from '../api/document';
import { asked } from '../api/request';
import { treeOf } from '../api/tree';
import css from '../reference.module.css';
import { Answers } from './Answers';
import detail from './detail.module.css';
import { Fold } from './Fold';
import { Method } from './Method';
import { Prose } from './Prose';
import { SchemaTree } from './SchemaTree';
import shape from './shape.module.css';
import { TryForm } from './TryForm';

interface OperationDetailProps {
  document: ApiDocument;
  operation: Operation;
}

export function OperationDetail({ document, operation }: OperationDetailProps) {
  const { t } = useTranslation('reference');
  const { body, answers, parameters } = operation;
  const own = asked(operation);
  const headers = parameters.filter((parameter) => !own.includes(parameter));
  return (
    <article aria-label={`${operation.method} ${operation.path}`}>
      <header className={detail.header}>
        <Title order={2} size="h4">
          {operation.summary || operation.path}
        </Title>
        <Line operation={operation} />
        {operation.description && <Prose>{operation.description}</Prose>}
        <Facts operation={operation} />
      </header>
      <div className={detail.parts}>
        <div className={detail.part}>
          {own.length > 0 && (
            <Section title={t('parameters')}>
              <Parameters document={document} parameters={own} />
            </Section>
          )}
          {body && (
            <Section title={t('body')} note={body.type}>
              {body.schema ? <Tree document={document} schema={body.schema} /> : <Text size="sm">{t('anyBody')}</Text>}
            </Section>
          )}
          {headers.length > 0 && (
            <Fold label={<span className={detail.sectionTitle}>{t('headers', { count: headers.length })}</span>}>
              <Parameters document={document} parameters={headers} />
            </Fold>
          )}
        </div>
        <div className={detail.trial}>
          <TryForm document={document} operation={operation} />
        </div>
        <div className={detail.part}>
          <Section title={t('answers')}>
            <Answers document={document} answers={answers} />
          </Section>
        </div>
      </div>
    </article>
  );
}

function Line({ operation: { method, path } }: { operation: Operation }) {
  const { t } = useTranslation('shell');
  return (
    <CopyButton value={path}>
      {({ copied, copy }) => (
        <UnstyledButton className={detail.line} onClick={copy} title={copied ? t('shell:copied') : t('shell:copy')}>
          <Method>{method}</Method>
          <code>{path}</code>
          {copied ? (
            <IconCheck size={16} aria-label={t('shell:copied')} />
          ) : (
            <IconCopy size={16} aria-label={t('shell:copy')} />
          )}
        </UnstyledButton>
      )}
    </CopyButton>
  );
}

function Facts({ operation }: { operation: Operation }) {
  const { t } = useTranslation('reference');
  const format = useFormat();
  const { auth, timeoutMs, limit, action, tag } = operation;
  const facts: [string, string | undefined][] = [
    [t('auth'), t(`auths.${auth}`, { defaultValue: t('auths.role', { role: auth }) })],
    [t('service'), tag],
    [t('timeout'), timeoutMs === undefined ? undefined : format.span(timeoutMs / 1000)],
    [t('limit'), limit],
    [t('action'), action],
  ];
  return (
    <dl className={detail.facts}>
      {facts.map(
        ([name, value]) =>
          value && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

function Section({ title, note, children }: { title: string; note?: string; children: ReactNode }) {
  return (
    <section>
      <Title order={3} className={detail.sectionTitle}>
        {title} {note && <code className={css.quiet}>{note}</code>}
      </Title>
      {children}
    </section>
  );
}

function Parameters({ document, parameters }: { document: ApiDocument; parameters: Parameter[] }) {
  const { t } = useTranslation('reference');
  return (
    <ul className={shape.members}>
      {parameters.map((parameter) => {
        const node = treeOf(document, parameter.schema ?? {});
        const words = [...node.values, ...node.rules];
        return (
          <li key={`${parameter.in}:${parameter.name}`} className={shape.leaf}>
            <span className={shape.head}>
              <code className={shape.name}>{parameter.name}</code>
              <code className={shape.type}>{node.type}</code>
              <span className={css.quiet}>{parameter.in}</span>
              {parameter.required && <span className={shape.required}>{t('required')}</span>}
            </span>
            {parameter.description && <Prose>{parameter.description}</Prose>}
            {words.length > 0 && (
              <p className={shape.rules}>
                {words.map((word) => (
                  <code key={word}>{word}</code>
                ))}
              </p>
            )}
          </li>
        );
      })}
    </ul>
  );
}

function Tree({ document, schema }: { document: ApiDocument; schema: Schema }) {
  return <SchemaTree node={useMemo(() => treeOf(document, schema), [document, schema])} />;
}
