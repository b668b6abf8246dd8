/** The palette over the registry: what it finds, what it runs, and what it says of what may not be done. */
import { spotlight } from '@mantine/spotlight';
import { act, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { renderIn } from '@/testing/render';
import { register } from './commands';
import { Palette } from './Palette';

const [runs, refused, unlisted] = [vi.fn(), vi.fn(), vi.fn()];
const ends: (() => void)[] = [];

// jsdom lays nothing out, and so has nothing to scroll.
Element.prototype.scrollIntoView = () => undefined;

beforeEach(() => {
  for (const run of [runs, refused, unlisted]) run.mockReset();
  ends.push(
    register({ id: 'a', title: 'Stop the replay', group: 'Test', keys: 'g s', run: runs }),
    register({ id: 'b', title: 'Purge the queue', group: 'Test', unavailable: 'Needs the role admin', run: refused }),
    register({ id: 'c', title: 'Next row', group: 'Test', keys: 'j', unlisted: true, run: unlisted }),
  );
});
afterEach(() => {
  act(() => {
    spotlight.close();
    for (const end of ends.splice(0)) end();
  });
});

async function opened(typed: string): Promise<void> {
  renderIn(<Palette />);
  act(() => spotlight.open());
  await userEvent.type(await screen.findByRole('textbox'), typed);
}

it('runs what a few letters find, and closes', async () => {
  await opened('stop');
  await waitFor(() => expect(screen.queryByText('Purge the queue')).toBeNull());
  await userEvent.click(screen.getByText('Stop the replay'));
  expect(runs).toHaveBeenCalledOnce();
  await waitFor(() => expect(screen.queryByRole('textbox')).toBeNull());
});

it('shows what may not be done with the reason, and does not run it', async () => {
  await opened('purge');
  expect(screen.getByText('Needs the role admin')).toBeInTheDocument();
  const action = screen.getByText('Purge the queue').closest('button');
  expect(action).toBeDisabled();
  action?.click();
  expect(refused).not.toHaveBeenCalled();
});

it('leaves out what only keys are of use for', async () => {
  await opened('next');
  expect(screen.queryByText('Next row')).toBeNull();
});
