/** The method of an operation: a word, and a colour that helps to find it. */
import css from '../reference.module.css';

export function Method({ children }: { children: string }) {
  return (
    <span className={css.method} data-method={children}>
      {children}
    </span>
  );
}
