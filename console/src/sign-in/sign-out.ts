/** Sign-out: it is remembered, so that the page does not sign the reader in again at once, and other tabs hear of it. */

const KEY = "sign-in.signed-out";
const CHANNEL = "sign-out";

export function markSignedOut(): void {
  sessionStorage.setItem(KEY, "true");
}

/** Whether the reader has just signed out; it is so once. */
export function takeSignedOutMark(): boolean {
  const isMarked = sessionStorage.getItem(KEY) !== null;
  sessionStorage.removeItem(KEY);
  return isMarked;
}

/** The other tabs of this browser, which are told of a sign-out. */
export interface OtherTabs {
  tell(): void;
}

let channel: BroadcastChannel | null = null;

/**
 * The other tabs in which a person is signed in.
 *
 * @param onSignOut what to do when the person signs out in one of them.
 */
export function otherTabsOf(accountId: string, onSignOut: () => void): OtherTabs {
  // One channel in a page: what is said in it is heard in all others, those of the same page included.
  channel?.close();
  const own = new BroadcastChannel(CHANNEL);
  own.addEventListener("message", (event: MessageEvent<unknown>) => {
    if (event.data === accountId) onSignOut();
  });
  channel = own;
  return {
    tell: () => {
      own.postMessage(accountId);
    },
  };
}
