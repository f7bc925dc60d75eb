/** Access tokens of somebody who is signed in, and how they are renewed. */

import type { EntraClient, SignInOptions } from "./entra-client";
import { failureOf, hasSessionEnded } from "./failures";
import { beginSignIn } from "./pending-sign-in";
import { keepReturnPath } from "./return-path";
import { dropTokens, keepTokens, type Tokens } from "./stored-tokens";

/** How long before its end a token is renewed, in milliseconds: a call may take its time, and clocks differ. */
const SPARE = 300_000;

/**
 * Access tokens: the one that there is, or a new one by the refresh token. Where that has ended the browser goes to the
 * sign-in page; no hidden frame is tried, because browsers keep Entra's cookies from it.
 */
export class AccessTokens {
  readonly #entra: EntraClient;
  #tokens: Tokens;
  #renewal: Promise<string> | null = null;

  constructor(entra: EntraClient, tokens: Tokens) {
    this.#entra = entra;
    this.#tokens = tokens;
  }

  /** One that is valid for some minutes at least. */
  async current(): Promise<string> {
    const { accessToken, expiresAt } = this.#tokens;
    return Date.now() < expiresAt - SPARE ? accessToken : this.renewed();
  }

  /** Another one than before; once, however many calls ask for it at a time. */
  renewed(): Promise<string> {
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = null;
    });
    return this.#renewal;
  }

  async #renew(): Promise<string> {
    const { refreshToken, account } = this.#tokens;
    try {
      if (refreshToken !== "") {
        this.#tokens = await this.#entra.renewed(this.#tokens);
        keepTokens(this.#tokens);
        return this.#tokens.accessToken;
      }
    } catch (error) {
      if (!hasSessionEnded(error)) throw failureOf(error);
    }
    dropTokens();
    return leaveForSignIn(this.#entra, { loginHint: account.loginHint });
  }
}

/**
 * Goes to the sign-in page, and never returns; the browser comes back to the present URL.
 *
 * @throws Unreachable if Entra does not answer.
 */
export async function leaveForSignIn(entra: EntraClient, options: SignInOptions): Promise<never> {
  let url: URL;
  try {
    url = await entra.signInUrl(beginSignIn(), options);
  } catch (error) {
    throw failureOf(error);
  }
  keepReturnPath(location);
  // The Back button can bring this page back as it was left: then it starts again, and finds that nobody has signed in.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  location.assign(url);
  return new Promise<never>(() => undefined);
}
