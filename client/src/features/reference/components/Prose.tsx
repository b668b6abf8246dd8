/** A description of the document, where what stands between backticks is code. */
import { Code } from '@mantine/core';
import shape from './shape.module.css';

export function Prose({ children }: { children: string }) {
  return (
    <span className={shape.meaning}>
      {children.split('`').map((part, index) => {
        // Between the first and the second backtick, the third and the fourth, and so on.
        const place = `${index} ${part}`;
        return index % 2 === 1 ? <Code key={place}>{part}</Code> : part;
      })}
    </span>
  );
}
