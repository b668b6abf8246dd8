import { describe, expect, it } from 'vitest';
import { filterOf, fromLocal, readSearch, toLocal } from './filter';

describe('the filter in the URL', () => {
  it('is read word by word, and what is unknown or cannot be is dropped', () => {
    const search = readSearch({ queue: 'q', text: 17, state: 'alive', since: 'yesterday', page: 2, cause: '' });
    expect(search).toEqual({ queue: 'q', text: '17' });
  });

  it('means what is dead unless another state is said, and leaves that out of the URL', () => {
    expect(readSearch({ state: 'dead' })).toEqual({});
    expect(filterOf({})).toEqual({ state: 'dead' });
    expect(filterOf(readSearch({ state: 'any', kind: 'k', view: 'letters' }))).toEqual({ kind: 'k' });
    expect(filterOf(readSearch({ state: 'replayed' }))).toEqual({ state: 'replayed' });
  });

  it('is the same after it went through the URL', () => {
    const search = readSearch({ queue: 'q', state: 'any', since: '2026-01-02T03:04:00.000Z', view: 'letters' });
    expect(readSearch({ ...search })).toEqual(search);
  });

  it('takes times as the browser gives them', () => {
    expect(fromLocal('')).toBeUndefined();
    expect(toLocal(fromLocal('2026-01-02T03:04'))).toBe('2026-01-02T03:04');
    expect(toLocal('nonsense')).toBe('');
  });
});
