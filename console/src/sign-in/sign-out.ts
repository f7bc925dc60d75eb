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

/** Tells the other tabs of this browser who has signed out. */
export function tellOtherTabs(accountId: string): void {
  const channel = new BroadcastChannel(CHANNEL);
  channel.postMessage(accountId);
  channel.close();
}

/** Does something when somebody signs out in another tab. */
export function onSignOutElsewhere(accountId: string, act: () => void): void {
  new BroadcastChannel(CHANNEL).addEventListener("message", (event: MessageEvent<unknown>) => {
    if (event.data === accountId) act();
  });
}
