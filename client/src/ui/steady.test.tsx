/** A press lands on what it was aimed at, whatever is told between its two halves. */
import { fireEvent, screen } from '@testing-library/react';
import { useState } from 'react';
import { expect, it, vi } from 'vitest';
import { renderIn } from '@/testing/render';
import { FilterInput } from './FilterInput';
import { useSteady } from './steady';

const opened = vi.fn();

function List() {
  const [text, setText] = useState('');
  const looked = useSteady(text);
  return (
    <>
      <FilterInput label="Find" value={text} onChange={setText} />
      <output>{text}</output>
      {['alpha', 'beta']
        .filter((name) => name.includes(looked))
        .map((name) => (
          <button key={name} type="button" onClick={() => opened(name)}>
            {name}
          </button>
        ))}
    </>
  );
}

it('keeps the list where it is from the press to the click, though the field tells at once', async () => {
  renderIn(<List />);
  const field = screen.getByLabelText('Find');
  fireEvent.change(field, { target: { value: 'beta' } });
  const alpha = screen.getByText('alpha');
  fireEvent.mouseDown(alpha);
  fireEvent.blur(field);
  expect(screen.getByRole('status')).toHaveTextContent('beta');
  expect(screen.getByText('alpha')).toBe(alpha);
  fireEvent.mouseUp(alpha);
  fireEvent.click(alpha);
  expect(opened).toHaveBeenCalledExactlyOnceWith('alpha');
  await vi.waitFor(() => expect(screen.queryByText('alpha')).toBeNull());
});

it('goes on where a press ends out of sight', () => {
  renderIn(<List />);
  fireEvent.mouseDown(screen.getByText('alpha'));
  fireEvent.change(screen.getByLabelText('Find'), { target: { value: 'beta' } });
  fireEvent.blur(screen.getByLabelText('Find'));
  expect(screen.getByText('alpha')).toBeInTheDocument();
  fireEvent.blur(window);
  expect(screen.queryByText('alpha')).toBeNull();
});
