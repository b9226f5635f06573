import { useCallback, useEffect, useRef, useState } from "react";

import { ApiError } from "./client";

export interface Load<T> {
  data: T | undefined; // what was loaded last; kept while it is loaded again
  error: ApiError | undefined;
  loading: boolean;
  reload: () => void;
}

// Loads when `key` changes, on reload(), and every `everyMs` when that is not 0. An answer that a
// later call has overtaken is dropped. `key` must name everything that `call` depends on.
export function useLoad<T>(key: string, call: () => Promise<T>, everyMs = 0): Load<T> {
  const [state, setState] = useState<{ key: string; data?: T; error?: ApiError; loading: boolean }>({
    key,
    loading: true,
  });
  const [turn, setTurn] = useState(0);
  const latest = useRef(call);
  latest.current = call;

  useEffect(() => {
    let current = true;
    setState((old) => ({ key, data: old.key === key ? old.data : undefined, loading: true }));
    latest
      .current()
      .then((data) => current && setState({ key, data, loading: false }))
      .catch((error: unknown) => {
        const failure = error instanceof ApiError ? error : new ApiError(0, "Failed", String(error), "");
        if (current) setState((old) => ({ key, data: old.data, error: failure, loading: false }));
      });
    return () => {
      current = false;
    };
  }, [key, turn]);

  const reload = useCallback(() => setTurn((n) => n + 1), []);
  useEffect(() => {
    if (!everyMs) return;
    const timer = window.setInterval(() => !document.hidden && reload(), everyMs);
    return () => window.clearInterval(timer);
  }, [everyMs, reload]);

  const fresh = state.key === key;
  return {
    data: fresh ? state.data : undefined,
    error: fresh ? state.error : undefined,
    loading: !fresh || state.loading,
    reload,
  };
}
