/** Signs people in with Microsoft Entra ID. */

import type { Tokens } from "../api/client";

/** What `/api/console/config.json` says. */
export interface Configuration {
  readonly clientId: string;
  readonly authority: string;
  readonly scope: string;
}

/** Somebody who is signed in. */
export interface SignedIn extends Tokens {
  readonly name: string;
  signOut(): Promise<void>;
  /** Goes to the sign-in page; the browser comes back to the present URL. */
  signIn(): Promise<void>;
}

/**
 * Who is signed in; where nobody is, the browser goes to the sign-in page, and this never returns.
 *
 * @throws SignInFailure if Entra refused, such as a person without an app role (AADSTS50105).
 */
export function startSignIn(_configuration: Configuration): Promise<SignedIn> {
  return Promise.reject(new SignInFailure("AADSTS50105", "There is no sign-in yet."));
}

/** Entra did not sign somebody in. */
export class SignInFailure extends Error {
  override readonly name = "SignInFailure";
  /** Entra's code, such as `AADSTS50105`; empty where it gave none. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
