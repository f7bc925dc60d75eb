/** The way to the sign-in page and back, by an authorization code with PKCE (RFC 6749, RFC 7636, RFC 9700). */

import {
  authorizationCodeGrantRequest,
  calculatePKCECodeChallenge,
  generateRandomCodeVerifier,
  generateRandomNonce,
  generateRandomState,
  getValidatedIdTokenClaims,
  None,
  processAuthorizationCodeResponse,
  validateAuthResponse,
} from "oauth4webapi";
import { SignInFailure } from "./failures";
import type { Identity } from "./identity";
import type { KeptSession } from "./kept-session";
import { keepReturnPath, takeReturnPath } from "./return-path";

const KEY = "sign-in.request";

/** What only the page that left for the sign-in page knows, so that no other answer is taken for that to it. */
interface SignInRequest {
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
}

/** An answer of Entra, and the request that it is for. */
export interface SignInAnswer {
  readonly parameters: URLSearchParams;
  readonly request: SignInRequest;
}

/**
 * Goes to the sign-in page, and never returns; the browser comes back to the present URL.
 *
 * @param how `login_hint` names the account to take, `prompt` lets the reader choose one, and `claims` is what a policy of
 *   Conditional Access asks for.
 * @throws SignInFailure if the browser comes back by its Back button, to this page as it was left.
 * @throws Unreachable if Entra does not answer.
 */
export async function leaveForSignIn(
  identity: Identity,
  how: { readonly login_hint?: string; readonly prompt?: "select_account"; readonly claims?: string },
): Promise<never> {
  const request = {
    state: generateRandomState(),
    nonce: generateRandomNonce(),
    verifier: generateRandomCodeVerifier(),
  };
  const { authorization_endpoint: endpoint = "" } = await identity.server();
  const url = new URL(endpoint);
  url.search = new URLSearchParams({
    client_id: identity.client.client_id,
    response_type: "code",
    // No server sees a fragment, and no log of one.
    response_mode: "fragment",
    redirect_uri: identity.home,
    scope: identity.scope,
    state: request.state,
    nonce: request.nonce,
    code_challenge: await calculatePKCECodeChallenge(request.verifier),
    code_challenge_method: "S256",
    ...how,
  }).toString();
  keepReturnPath(location);
  sessionStorage.setItem(KEY, JSON.stringify(request));
  location.assign(url);
  return cameBack();
}

/** The answer that the browser has come back with, which is taken out of the URL; null if it did not come from Entra. */
export function takeAnswer(): SignInAnswer | null {
  const text = sessionStorage.getItem(KEY);
  const parameters = new URLSearchParams(location.hash.slice(1));
  sessionStorage.removeItem(KEY);
  if (!parameters.has("state")) return null;
  history.replaceState(null, "", location.pathname + location.search);
  return text === null ? null : { parameters, request: JSON.parse(text) as SignInRequest };
}

/**
 * The session that an answer gives right to.
 *
 * @throws an error of oauth4webapi or of `fetch`.
 */
export async function redeemed(identity: Identity, { parameters, request }: SignInAnswer): Promise<KeptSession> {
  const { client, home, options } = identity;
  const server = await identity.server();
  const code = validateAuthResponse(server, client, parameters, request.state);
  const response = await authorizationCodeGrantRequest(server, client, None(), code, home, request.verifier, options);
  const checks = { expectedNonce: request.nonce, requireIdToken: true };
  const tokens = await processAuthorizationCodeResponse(server, client, response, checks);
  const claims = getValidatedIdTokenClaims(tokens);
  const text = (claim: string): string => String(claims?.[claim] ?? "");
  const username = text("preferred_username");
  return {
    account: {
      id: `${text("oid") || text("sub")}.${text("tid")}`,
      name: text("name") || username,
      username,
      logoutHint: text("login_hint"),
    },
    accessToken: tokens.access_token,
    expires: expiry(tokens.expires_in),
    refreshToken: tokens.refresh_token ?? "",
  };
}

/** When an access token expires that lasts some seconds from now on; without a number it is used once. */
export function expiry(seconds = 0): number {
  return Date.now() + seconds * 1000;
}

/** Waits for the browser to show this page again as it was left, which its Back button may do. */
function cameBack(): Promise<never> {
  return new Promise((_, reject) => {
    addEventListener("pageshow", (event) => {
      if (!event.persisted) return; // the page itself is only being loaded
      takeReturnPath();
      reject(new SignInFailure("canceled"));
    });
  });
}
