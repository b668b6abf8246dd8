/** A schema to read: names, types and what they mean, the members of members folded in. */
import { useTranslation } from 'react-i18next';
import type { SchemaNode } from '../api/tree';
import css from '../reference.module.css';
import { Fold } from './Fold';
import { Prose } from './Prose';
import shape from './shape.module.css';

export function SchemaTree({ node }: { node: SchemaNode }) {
  const isBare = !node.isChoice && node.children.length > 0;
  return (
    <div className={shape.tree}>
      {isBare ? (
        <>
          <p className={shape.treeRoot}>
            <code className={shape.type}>{node.type}</code>
          </p>
          <Meaning node={node} />
          <Members node={node} depth={0} />
        </>
      ) : (
        <Branch node={node} depth={0} />
      )}
    </div>
  );
}

function Members({ node, depth }: { node: SchemaNode; depth: number }) {
  return (
    <ul className={shape.members}>
      {node.children.map((child, index) => (
        // Alternatives have no names, and the tree never changes its order.
        <li key={child.name || index}>
          <Branch node={child} depth={depth + 1} />
        </li>
      ))}
    </ul>
  );
}

function Branch({ node, depth }: { node: SchemaNode; depth: number }) {
  if (node.children.length === 0) {
    return (
      <div className={shape.leaf}>
        <Head node={node} />
        <Meaning node={node} />
      </div>
    );
  }
  return (
    <Fold open={depth < 2} label={<Head node={node} />}>
      <div className={shape.inner}>
        <Meaning node={node} />
        <Members node={node} depth={depth} />
      </div>
    </Fold>
  );
}

function Head({ node }: { node: SchemaNode }) {
  const { t } = useTranslation('reference');
  return (
    <span className={shape.head}>
      {node.name && <code className={shape.name}>{node.name}</code>}
      <code className={shape.type}>{node.type}</code>
      {node.required && <span className={shape.required}>{t('required')}</span>}
      {node.repeats && <span className={css.quiet}>{t('repeats')}</span>}
    </span>
  );
}

function Meaning({ node }: { node: SchemaNode }) {
  const { t } = useTranslation('reference');
  const either = node.either.map((names) => names.join(' + ')).join(' | ');
  return (
    <>
      {node.description && <Prose>{node.description}</Prose>}
      {(node.values.length > 0 || node.rules.length > 0) && (
        <p className={shape.rules}>
          {[...node.values, ...node.rules].map((word) => (
            <code key={word}>{word}</code>
          ))}
        </p>
      )}
      {either && <p className={shape.meaning}>{t('either', { either })}</p>}
    </>
  );
}
