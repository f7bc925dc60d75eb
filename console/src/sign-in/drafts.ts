/** What somebody has typed and not sent yet. It outlives a sign-in in between, and ends with the tab or a sign-out. */

const PREFIX = "draft.";
const OWNER = "draft-owner";

/** Keeps a draft, such as the contents of a form, in place of the one before. */
export function keepDraft(name: string, content: unknown): void {
  sessionStorage.setItem(PREFIX + name, JSON.stringify(content));
}

/** The draft of a name; null if there is none. It is as it was kept, perhaps by an earlier version of the console. */
export function draftOf(name: string): unknown {
  const text = sessionStorage.getItem(PREFIX + name);
  return text === null ? null : JSON.parse(text);
}

/** Forgets a draft, because it was sent or given up. */
export function dropDraft(name: string): void {
  sessionStorage.removeItem(PREFIX + name);
}

/** Forgets all drafts. */
export function dropDrafts(): void {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
  }
}

/** Makes somebody the owner of the drafts; those of another person are forgotten. */
export function dropDraftsUnlessOf(owner: string): void {
  if (sessionStorage.getItem(OWNER) !== owner) dropDrafts();
  sessionStorage.setItem(OWNER, owner);
}
