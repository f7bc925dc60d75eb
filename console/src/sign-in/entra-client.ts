/** Speaks OpenID Connect with Microsoft Entra ID, as a public client with PKCE. */

import {
  type AuthorizationServer,
  allowInsecureRequests,
  authorizationCodeGrantRequest,
  type Client,
  clockTolerance,
  customFetch,
  discoveryRequest,
  getValidatedIdTokenClaims,
  type IDToken,
  None,
  processAuthorizationCodeResponse,
  processDiscoveryResponse,
  processRefreshTokenResponse,
  refreshTokenGrantRequest,
  type TokenEndpointResponse,
  validateAuthResponse,
} from "oauth4webapi";
import { Unreachable } from "../api/failures";
import { ROOT } from "../shell/routes";
import { isHttpOnLoopback, issuerOf } from "./authority";
import { challengeOf, type PendingSignIn } from "./pending-sign-in";
import type { Tokens } from "./stored-tokens";

/** What `/api/console/config.json` says. */
export interface Configuration {
  readonly clientId: string;
  readonly authority: string;
  readonly scope: string;
}

/** How a sign-in is asked for. */
export interface SignInOptions {
  /** Whom to offer first; empty for nobody. */
  readonly loginHint?: string;
  readonly prompt?: "select_account";
}

const A_DAY = 86_400;

export class EntraClient {
  readonly #configuration: Configuration;
  readonly #client: Client;
  readonly #home = location.origin + ROOT;
  #server: Promise<AuthorizationServer> | null = null;

  constructor(configuration: Configuration) {
    this.#configuration = configuration;
    // ID tokens come from Entra itself, for this very sign-in, so a reader's clock that is wrong says nothing of them.
    this.#client = { client_id: configuration.clientId, [clockTolerance]: A_DAY };
  }

  /** The page on which to sign in. The answer comes back in the fragment, which no server gets to see. */
  async signInUrl(pending: PendingSignIn, { loginHint = "", prompt }: SignInOptions): Promise<URL> {
    const { authorization_endpoint: endpoint = "" } = await this.#discovered();
    const url = new URL(endpoint);
    const parameters = {
      client_id: this.#client.client_id,
      response_type: "code",
      response_mode: "fragment",
      redirect_uri: this.#home,
      scope: this.#scopes(),
      state: pending.state,
      nonce: pending.nonce,
      code_challenge: await challengeOf(pending),
      code_challenge_method: "S256",
      ...(loginHint === "" ? {} : { login_hint: loginHint }),
      ...(prompt === undefined ? {} : { prompt }),
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return url;
  }

  /** The tokens that an answer stands for; an error of oauth4webapi if Entra refused or it is not for this sign-in. */
  async tokensFor(answer: URLSearchParams, pending: PendingSignIn): Promise<Tokens> {
    const server = await this.#discovered();
    const parameters = validateAuthResponse(server, this.#client, answer, pending.state);
    const response = await authorizationCodeGrantRequest(
      server,
      this.#client,
      None(),
      parameters,
      this.#home,
      pending.verifier,
      this.#options(),
    );
    const expected = { expectedNonce: pending.nonce, requireIdToken: true };
    return tokensOf(await processAuthorizationCodeResponse(server, this.#client, response, expected));
  }

  /** New tokens by the refresh token. */
  async renewed(tokens: Tokens): Promise<Tokens> {
    const server = await this.#discovered();
    const options = { ...this.#options(), additionalParameters: { scope: this.#scopes() } };
    const response = await refreshTokenGrantRequest(server, this.#client, None(), tokens.refreshToken, options);
    const given = await processRefreshTokenResponse(server, this.#client, response);
    return tokensOf(given, tokens);
  }

  /** The page that ends the session at Entra, and then leads back. */
  async signOutUrl(loginHint: string): Promise<URL> {
    const { end_session_endpoint: endpoint = this.#home } = await this.#discovered();
    const url = new URL(endpoint);
    url.searchParams.set("post_logout_redirect_uri", this.#home);
    if (loginHint !== "") url.searchParams.set("logout_hint", loginHint);
    return url;
  }

  #scopes(): string {
    return `openid profile offline_access ${this.#configuration.scope}`;
  }

  #options() {
    return {
      [allowInsecureRequests]: isHttpOnLoopback(this.#configuration.authority),
      [customFetch]: fetchReachable,
    };
  }

  /** What Entra says of its endpoints: asked for when it is first needed, and again after a failure. */
  #discovered(): Promise<AuthorizationServer> {
    this.#server ??= this.#discover().catch((error: unknown) => {
      this.#server = null;
      throw error;
    });
    return this.#server;
  }

  async #discover(): Promise<AuthorizationServer> {
    const issuer = issuerOf(this.#configuration.authority);
    return processDiscoveryResponse(issuer, await discoveryRequest(issuer, this.#options()));
  }
}

async function fetchReachable(url: string, options: object): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, options);
  } catch (error) {
    if (error instanceof TypeError) throw new Unreachable(error.message);
    throw error;
  }
  if (response.status >= 500 || response.status === 429) throw new Unreachable(`status ${String(response.status)}`);
  return response;
}

function tokensOf(given: TokenEndpointResponse, before?: Tokens): Tokens {
  return {
    accessToken: given.access_token,
    expiresAt: Date.now() + (given.expires_in ?? 0) * 1000,
    refreshToken: given.refresh_token ?? before?.refreshToken ?? "",
    account: accountOf(getValidatedIdTokenClaims(given)) ?? before?.account ?? { id: "", name: "", loginHint: "" },
  };
}

function accountOf(claims: IDToken | undefined): Tokens["account"] | null {
  if (claims === undefined) return null;
  const text = (name: string): string => (typeof claims[name] === "string" ? claims[name] : "");
  const username = text("preferred_username");
  // `login_hint` is an optional claim; Entra takes the user name too.
  return {
    id: `${text("oid")}.${text("tid")}`,
    name: text("name") || username,
    loginHint: text("login_hint") || username,
  };
}
