/** What a form needs to send itself: whether it is under way, what the server found wrong, and when it may be sent again. */
import { useEffect, useRef, useState } from 'react';
import { Problem } from './problem';

export interface Sending<Given extends unknown[]> {
  /** Resolves to whether it went well; does nothing while it is under way, or has to wait. */
  send: (...given: Given) => Promise<boolean>;
  pending: boolean;
  problem: Problem | undefined;
  /** What is wrong with this field, if anything is. */
  of: (field: string) => string | undefined;
  /** Seconds that the server wants us to wait still. */
  wait: number;
  forget: () => void;
}

export function useSend<Given extends unknown[]>(call: (...given: Given) => Promise<unknown>): Sending<Given> {
  const [pending, setPending] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const busy = useRef(false);
  const wait = useCountdown(problem);
  const send = async (...given: Given): Promise<boolean> => {
    if (busy.current || wait > 0) return false;
    busy.current = true;
    setPending(true);
    try {
      await call(...given);
      setProblem(undefined);
      return true;
    } catch (error) {
      setProblem(error instanceof Problem ? error : new Problem({ title: String(error), status: 0 }));
      return false;
    } finally {
      busy.current = false;
      setPending(false);
    }
  };
  return { send, pending, problem, of: (field) => problem?.of(field), wait, forget: () => setProblem(undefined) };
}

/** Whole seconds of the problem's `Retry-After` that are left. */
function useCountdown(problem: Problem | undefined): number {
  const [left, setLeft] = useState(0);
  useEffect(() => {
    const seconds = problem?.status === 429 || problem?.status === 503 ? (problem.retryAfter ?? 0) : 0;
    // By the clock that nobody sets: ours may be wrong, and may be put right in the middle.
    const until = performance.now() + seconds * 1000;
    const tick = () => setLeft(Math.max(0, Math.ceil((until - performance.now()) / 1000)));
    tick();
    if (seconds <= 0) return undefined;
    const timer = setInterval(tick, 250);
    return () => clearInterval(timer);
  }, [problem]);
  return left;
}
