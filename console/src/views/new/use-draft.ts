/** The contents of a form, which outlive a sign-in and a reload until the form is sent. */

import { useCallback, useRef, useState } from "preact/hooks";
import { draftOf, dropDraft, keepDraft } from "../../sign-in/drafts";

type Contents = Readonly<Record<string, string>>;

interface Draft<T extends Contents> {
  readonly draft: T;
  change(changes: Partial<T>): void;
  /** Forgets it, because it was sent. */
  drop(): void;
}

/**
 * @param name of the draft: one for each form.
 * @param empty makes the contents of a form that nobody has filled in.
 */
export function useDraft<T extends Contents>(name: string, empty: () => T): Draft<T> {
  const [draft, setDraft] = useState<T>(() => keptContents(name, empty()));
  const latest = useRef(draft);
  const change = useCallback(
    (changes: Partial<T>) => {
      latest.current = { ...latest.current, ...changes };
      keepDraft(name, latest.current);
      setDraft(latest.current);
    },
    [name],
  );
  const drop = useCallback(() => {
    dropDraft(name);
  }, [name]);
  return { draft, change, drop };
}

/** The draft, if it has each text of the form: an earlier version of the console may have kept others. */
function keptContents<T extends Contents>(name: string, empty: T): T {
  const kept = draftOf(name);
  if (typeof kept !== "object" || kept === null) {
    return empty;
  }
  const texts = new Map(Object.entries(kept));
  return Object.keys(empty).every((key) => typeof texts.get(key) === "string") ? (kept as T) : empty;
}
