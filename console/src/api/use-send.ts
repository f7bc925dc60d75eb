/** Makes a call that changes something: once at a time, however often somebody clicks. */

import { useCallback, useRef, useState } from "preact/hooks";

interface Sending {
  readonly isSending: boolean;
  readonly failure: Error | null;
  /** Does the work, unless the last is still being done. */
  send(work: () => Promise<void>): void;
  /** Forgets how the last try failed. */
  clear(): void;
}

export function useSend(): Sending {
  const isBusy = useRef(false);
  const [isSending, setSending] = useState(false);
  const [failure, setFailure] = useState<Error | null>(null);
  const send = useCallback((work: () => Promise<void>) => {
    if (isBusy.current) {
      return;
    }
    isBusy.current = true;
    setSending(true);
    setFailure(null);
    work()
      .catch((error: unknown) => {
        setFailure(error instanceof Error ? error : new Error(String(error)));
      })
      .finally(() => {
        isBusy.current = false;
        setSending(false);
      });
  }, []);
  const clear = useCallback(() => {
    setFailure(null);
  }, []);
  return { isSending, failure, send, clear };
}
