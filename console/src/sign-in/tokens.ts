/** Access tokens of somebody who is signed in. */

import { type AccountInfo, CacheLookupPolicy, type IPublicClientApplication } from "@azure/msal-browser";
import { failureOf, hasSessionEnded } from "./failures";
import { keepReturnPath } from "./return-path";

interface SignInOptions {
  readonly account?: AccountInfo;
  readonly prompt?: "select_account";
}

/**
 * Access tokens: from the cache, or by the refresh token. Where that has ended the browser goes to the sign-in page; no
 * hidden frame is tried, because browsers keep Entra's cookies from it.
 */
export class AccessTokens {
  readonly #application: IPublicClientApplication;
  readonly #account: AccountInfo;
  readonly #scope: string;
  #leaving: Promise<never> | null = null;

  constructor(application: IPublicClientApplication, account: AccountInfo, scope: string) {
    this.#application = application;
    this.#account = account;
    this.#scope = scope;
  }

  /** One that is valid for some minutes at least. */
  current(): Promise<string> {
    return this.#token(CacheLookupPolicy.AccessTokenAndRefreshToken);
  }

  /** Another one than before. */
  renewed(): Promise<string> {
    return this.#token(CacheLookupPolicy.RefreshToken);
  }

  async #token(cacheLookupPolicy: CacheLookupPolicy): Promise<string> {
    const request = { account: this.#account, scopes: [this.#scope], cacheLookupPolicy };
    try {
      return (await this.#application.acquireTokenSilent(request)).accessToken;
    } catch (error) {
      if (hasSessionEnded(error)) return this.#signInAgain();
      throw failureOf(error);
    }
  }

  /** Once, however many calls find that the session has ended. */
  #signInAgain(): Promise<never> {
    this.#leaving ??= leaveForSignIn(this.#application, this.#scope, { account: this.#account });
    return this.#leaving;
  }
}

/**
 * Goes to the sign-in page, and never returns; the browser comes back to the present URL.
 *
 * @throws SignInFailure if the browser comes back by its Back button, to this page as it was left.
 * @throws Unreachable if Entra does not answer.
 */
export async function leaveForSignIn(
  application: IPublicClientApplication,
  scope: string,
  { account, prompt }: SignInOptions,
): Promise<never> {
  keepReturnPath(location);
  const who = account === undefined ? {} : { account, loginHint: account.username };
  const how = prompt === undefined ? {} : { prompt };
  try {
    await application.loginRedirect({ scopes: [scope], ...who, ...how });
  } catch (error) {
    throw failureOf(error);
  }
  return new Promise<never>(() => undefined);
}
