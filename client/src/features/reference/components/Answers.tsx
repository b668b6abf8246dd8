/** What an operation may answer: the good ones open, errors in a line each. */
import { Text } from '@mantine/core';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { CopyCode } from '@/ui/CopyCode';
import type { Answered, ApiDocument, Payload } from '../api/document';
import { examplesOf } from '../api/example';
import { treeOf } from '../api/tree';
import css from '../reference.module.css';
import { Fold } from './Fold';
import { Prose } from './Prose';
import { SchemaTree } from './SchemaTree';
import shape from './shape.module.css';

interface AnswersProps {
  document: ApiDocument;
  answers: Answered[];
}

export function Answers({ document, answers }: AnswersProps) {
  return (
    <div className={shape.answers}>
      {answers.map(({ status, description, payloads }, index) => {
        const label = (
          <span className={shape.head}>
            <code className={shape.status} data-class={status[0]}>
              {status}
            </code>
            <Prose>{description}</Prose>
          </span>
        );
        if (payloads.length === 0) {
          return (
            <div key={status} className={shape.flat}>
              {label}
            </div>
          );
        }
        return (
          <Fold key={status} open={index === 0 && status.startsWith('2')} label={label}>
            <div className={shape.inner}>
              {payloads.map((payload) => (
                <Shape key={payload.type} document={document} payload={payload} />
              ))}
            </div>
          </Fold>
        );
      })}
    </div>
  );
}

function Shape({ document, payload }: { document: ApiDocument; payload: Payload }) {
  const { t } = useTranslation('reference');
  const tree = useMemo(() => payload.schema && treeOf(document, payload.schema), [document, payload]);
  const [example] = useMemo(() => examplesOf(document, payload), [document, payload]);
  const isText = tree?.children.length === 0;
  return (
    <>
      <Text size="xs" c="dimmed">
        <code>{payload.type}</code> {payload.isStream && t('streamed')}
      </Text>
      {tree && !isText && <SchemaTree node={tree} />}
      {example?.text && !payload.isStream && !isText && (
        <Fold label={<span className={css.quiet}>{t('example')}</span>}>
          <CopyCode code={example.text} />
        </Fold>
      )}
    </>
  );
}
