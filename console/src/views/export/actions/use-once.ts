/** A call that is made once however often one clicks, until it has ended. */

import { useRef, useState } from "preact/hooks";

export interface Once {
  readonly isBusy: boolean;
  /** How the last call failed; null while one is under way, and if it has not. */
  readonly failure: Error | null;
  start(): void;
}

export function useOnce(call: () => Promise<void>): Once {
  const [isBusy, setBusy] = useState(false);
  const [failure, setFailure] = useState<Error | null>(null);
  // A second click can come before the button is rendered anew.
  const isUnderWay = useRef(false);
  const run = async (): Promise<void> => {
    isUnderWay.current = true;
    setBusy(true);
    setFailure(null);
    try {
      await call();
    } catch (error) {
      setFailure(error instanceof Error ? error : new Error(String(error)));
    } finally {
      isUnderWay.current = false;
      setBusy(false);
    }
  };
  const start = (): void => {
    if (!isUnderWay.current) {
      void run();
    }
  };
  return { isBusy, failure, start };
}
