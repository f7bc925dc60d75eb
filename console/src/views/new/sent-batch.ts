/** The batch that was sent last, as long as its text is of use: to send what was busy again, and to correct the rest. */

import { draftOf, dropDraft, keepDraft } from "../../sign-in/drafts";

export interface SentBatch {
  readonly id: string;
  readonly key: string;
  readonly text: string;
}

const NAME = "sent-batch";

let last: SentBatch | null = null;

export function rememberSent(batch: SentBatch): void {
  last = batch;
  keepDraft(NAME, batch);
}

/** What was sent as the batch with this id; null if this tab did not send it, or sent another one since. */
export function sentAs(id: string): SentBatch | null {
  const sent = last ?? (draftOf(NAME) as SentBatch | null);
  return sent?.id === id ? sent : null;
}

/** Keeps what was sent no longer than the page is open, because nothing of it will be sent again. */
export function forgetSent(): void {
  dropDraft(NAME);
}
