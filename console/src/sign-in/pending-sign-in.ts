/** A sign-in that is under way: what its answer has to fit to. It is kept while the browser is at Entra. */

import {
  calculatePKCECodeChallenge,
  generateRandomCodeVerifier,
  generateRandomNonce,
  generateRandomState,
} from "oauth4webapi";

const KEY = "sign-in.pending";

export interface PendingSignIn {
  readonly state: string;
  readonly nonce: string;
  /** The secret of PKCE (RFC 7636), without which nobody can redeem the code. */
  readonly verifier: string;
}

/** Begins a sign-in, in place of one that did not come back. */
export function beginSignIn(): PendingSignIn {
  const pending = {
    state: generateRandomState(),
    nonce: generateRandomNonce(),
    verifier: generateRandomCodeVerifier(),
  };
  sessionStorage.setItem(KEY, JSON.stringify(pending));
  return pending;
}

/** The sign-in that an answer can belong to; it is so once. Null if none was begun in this tab. */
export function takePendingSignIn(): PendingSignIn | null {
  const text = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  return text === null ? null : (JSON.parse(text) as PendingSignIn);
}

/** What the page of the sign-in is told of the secret. */
export function challengeOf(pending: PendingSignIn): Promise<string> {
  return calculatePKCECodeChallenge(pending.verifier);
}

/** The answer in a fragment; null if it has none. */
export function answerIn(fragment: string): URLSearchParams | null {
  const parameters = new URLSearchParams(fragment.replace(/^#/, ""));
  const isAnswer = parameters.has("state") && (parameters.has("code") || parameters.has("error"));
  return isAnswer ? parameters : null;
}
