/** What cannot be taken back is done once, and a dialog stays open until it was. */
import { fireEvent, screen } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { Problem } from '@/api/problem';
import { renderIn } from '@/testing/render';
import { ConfirmDialog } from './ConfirmDialog';

function ask(onConfirm: () => unknown) {
  const onClose = vi.fn();
  renderIn(
    <ConfirmDialog opened onClose={onClose} title="Purge it?" confirm="Purge" danger onConfirm={onConfirm}>
      Twelve letters.
    </ConfirmDialog>,
  );
  return onClose;
}

it('is confirmed once, however often it is pressed, and closes when it is done', async () => {
  let finish = () => undefined as void;
  const confirmed = vi.fn(() => new Promise<void>((done) => (finish = done)));
  const onClose = ask(confirmed);
  const form = screen.getByRole('dialog').querySelector('form') as HTMLFormElement;
  fireEvent.submit(form);
  fireEvent.submit(form);
  expect(confirmed).toHaveBeenCalledOnce();
  expect(onClose).not.toHaveBeenCalled();
  finish();
  await vi.waitFor(() => expect(onClose).toHaveBeenCalledOnce());
});

it('shows why it failed, and can be tried again', async () => {
  const refused = () => Promise.reject(new Problem({ title: 'Conflict', status: 409, detail: 'it is done already' }));
  const confirmed = vi.fn(refused);
  const onClose = ask(confirmed);
  fireEvent.click(screen.getByRole('button', { name: 'Purge' }));
  expect(await screen.findByText('it is done already')).toBeVisible();
  expect(onClose).not.toHaveBeenCalled();
  fireEvent.click(screen.getByRole('button', { name: 'Purge' }));
  await vi.waitFor(() => expect(confirmed).toHaveBeenCalledTimes(2));
});

it('does nothing where it is cancelled', () => {
  const confirmed = vi.fn();
  const onClose = ask(confirmed);
  fireEvent.click(screen.getByRole('button', { name: 'Cancel' }));
  expect(onClose).toHaveBeenCalledOnce();
  expect(confirmed).not.toHaveBeenCalled();
});
