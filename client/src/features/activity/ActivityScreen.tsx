/** The log as one tail: newest last, live, filtered or highlighted, with one entry open beside it. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useCallback } from 'react';
import { useMay } from '@/session/session';
import { LogBoard } from './LogBoard';
import { useLive } from './live';
import { type ActivitySearch, readSearch } from './search';

export default function ActivityScreen() {
  const search: ActivitySearch = readSearch(useSearch({ strict: false }));
  const navigate = useNavigate();
  const audit = useMay('admin');
  const kind = search.kind === 'audit' && audit ? 'audit' : 'logs';
  const { tail, state } = useLive(kind);
  const change = useCallback(
    (part: Partial<ActivitySearch>, replace = true) =>
      void navigate({ to: '.', search: (last: Record<string, unknown>) => readSearch({ ...last, ...part }), replace }),
    [navigate],
  );
  return (
    <LogBoard
      key={kind}
      kind={kind}
      tail={tail}
      live={state}
      search={{ ...search, kind: kind === 'audit' ? kind : undefined }}
      change={change}
    />
  );
}
