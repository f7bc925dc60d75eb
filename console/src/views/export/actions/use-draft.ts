/** A form that outlives a sign-in in between. */

import { useCallback, useState } from "preact/hooks";
import { draftOf, dropDraft, keepDraft } from "../../../sign-in/drafts";

/**
 * What somebody has begun to type; null if nothing, or no more.
 *
 * @param read the form in a draft; null if there is none in it.
 * @param kept what is kept of a form; null if nothing is.
 */
export function useDraft<T>(
  name: string,
  read: (draft: unknown) => T | null,
  kept: (form: T) => T | null,
): [T | null, (form: T | null) => void] {
  const [form, setForm] = useState<T | null>(() => read(draftOf(name)));
  const change = useCallback(
    (next: T | null) => {
      setForm(next);
      const draft = next === null ? null : kept(next);
      if (draft === null) {
        dropDraft(name);
      } else {
        keepDraft(name, draft);
      }
    },
    [name, kept],
  );
  return [form, change];
}
