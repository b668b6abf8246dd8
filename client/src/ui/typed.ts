/** What is being typed: shown at once, told of when the fingers rest. What comes from elsewhere, such as the URL after
 *  going back, takes its place. */
import { useEffect, useRef, useState } from 'react';

/** Milliseconds after the last key; enough that the server is not asked for each letter. */
const REST = 250;

export function useTyped(
  value: string,
  tell: (text: string) => void,
  rest = REST,
): [text: string, type: (text: string) => void, tellNow: () => void] {
  const [text, setText] = useState(value);
  // What is on both sides: a value that differs from it is news.
  const agreed = useRef(value);
  const latest = useRef(tell);
  latest.current = tell;

  useEffect(() => {
    if (value === agreed.current) return;
    agreed.current = value;
    setText(value);
  }, [value]);

  useEffect(() => {
    if (text === agreed.current) return;
    const timer = setTimeout(() => {
      if (text === agreed.current) return;
      agreed.current = text;
      latest.current(text);
    }, rest);
    return () => clearTimeout(timer);
  }, [text, rest]);

  // For who leaves the field: a click that leads elsewhere must not be undone by what was typed before it.
  const tellNow = () => {
    if (text === agreed.current) return;
    agreed.current = text;
    latest.current(text);
  };

  return [text, setText, tellNow];
}
