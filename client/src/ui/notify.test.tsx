/** What is said is a toast and a line under the bell; failures stay until they are closed. */
import { notifications } from '@mantine/notifications';
import { renderHook } from '@testing-library/react';
import { act } from 'react';
import { beforeEach, expect, it, vi } from 'vitest';
import { failed, forgetNotices, markNoticesRead, notify, useNotices } from './notify';

beforeEach(forgetNotices);

it('remembers the last fifty, the latest first, and which were read', () => {
  const { result } = renderHook(useNotices);
  act(() => {
    for (let at = 0; at < 60; at++) notify({ tone: 'good', title: `said ${at}` });
  });
  expect(result.current).toHaveLength(50);
  expect(result.current[0]).toMatchObject({ title: 'said 59', read: false });
  act(markNoticesRead);
  act(() => void notify({ tone: 'good', title: 'more' }));
  expect(result.current.slice(0, 2).map(({ read }) => read)).toEqual([false, true]);
});

it('lets what went well go by itself, and what failed stay with its reason', () => {
  const toast = vi.spyOn(notifications, 'show').mockReturnValue('');
  notify({ tone: 'good', title: 'done' });
  failed('Sign out')(new Error('no answer'));
  expect(toast.mock.calls.map(([{ title, message, autoClose }]) => [title, message, autoClose])).toEqual([
    ['done', null, 5000],
    ['Sign out', 'no answer', false],
  ]);
});
