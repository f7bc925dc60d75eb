/** Access tokens of somebody who is signed in. */

import { None, processRefreshTokenResponse, refreshTokenGrantRequest } from "oauth4webapi";
import { expiry, leaveForSignIn } from "./authorization";
import { claimsAskedFor, failureOf, hasSessionEnded, SignInFailure } from "./failures";
import type { Identity } from "./identity";
import { type KeptSession, keepSession } from "./kept-session";

/** How long before its end an access token is renewed, in milliseconds. */
const MARGIN = 5 * 60 * 1000;

/**
 * Access tokens: the kept one, or another by the refresh token. Where that has ended the browser goes to the sign-in page;
 * no hidden frame is tried, because browsers keep Entra's cookies from it.
 */
export class AccessTokens {
  readonly #identity: Identity;
  #session: KeptSession;
  #renewal: Promise<string> | null = null;
  #isForgotten = false;

  constructor(identity: Identity, session: KeptSession) {
    this.#identity = identity;
    this.#session = session;
  }

  /**
   * One that is valid for some minutes at least.
   *
   * @throws SignInFailure if they were forgotten.
   */
  async current(): Promise<string> {
    this.#refuseIfForgotten();
    const { accessToken, expires } = this.#session;
    return expires - MARGIN > Date.now() ? accessToken : this.renewed();
  }

  /** Another one than before; the same for all calls that ask at the same time. */
  renewed(): Promise<string> {
    this.#renewal ??= this.#renew().finally(() => {
      this.#renewal = null;
    });
    return this.#renewal;
  }

  /** Forgets them, because the person has signed out: what is under way keeps none, and leads nobody to a sign-in. */
  forget(): void {
    this.#isForgotten = true;
    this.#session = { ...this.#session, accessToken: "", refreshToken: "" };
  }

  async #renew(): Promise<string> {
    this.#refuseIfForgotten();
    const { account, refreshToken } = this.#session;
    const hint = { login_hint: account.username };
    if (refreshToken === "") return leaveForSignIn(this.#identity, hint); // Entra has given none
    let session: KeptSession;
    try {
      session = await this.#renewedSession(refreshToken);
    } catch (error) {
      this.#refuseIfForgotten();
      if (hasSessionEnded(error)) return leaveForSignIn(this.#identity, { ...hint, ...claimsAskedFor(error) });
      throw failureOf(error);
    }
    this.#refuseIfForgotten();
    this.#session = session;
    keepSession(session);
    return session.accessToken;
  }

  #refuseIfForgotten(): void {
    if (this.#isForgotten) throw new SignInFailure("signedOut");
  }

  async #renewedSession(refreshToken: string): Promise<KeptSession> {
    const { client, options, scope } = this.#identity;
    const server = await this.#identity.server();
    const parameters = { ...options, additionalParameters: { scope } };
    const response = await refreshTokenGrantRequest(server, client, None(), refreshToken, parameters);
    const tokens = await processRefreshTokenResponse(server, client, response);
    return {
      account: this.#session.account,
      accessToken: tokens.access_token,
      expires: expiry(tokens.expires_in),
      refreshToken: tokens.refresh_token ?? refreshToken,
    };
  }
}
