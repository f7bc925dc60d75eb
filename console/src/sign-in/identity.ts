/** Microsoft Entra ID, as the console uses it: one tenant, and the application that the console is there. */

import { type AuthorizationServer, allowInsecureRequests, type Client, clockTolerance } from "oauth4webapi";
import { Unreachable } from "../api/failures";
import { ROOT } from "../shell/routes";
import { discoveryAddress, isHttpOnLoopback } from "./authority";

/** What `/api/console/config.json` says. */
export interface Configuration {
  readonly clientId: string;
  readonly authority: string;
  readonly scope: string;
}

const A_DAY = 24 * 60 * 60;

export class Identity {
  readonly client: Client;
  /** What is asked for: who signs in, calls of the API, and their renewal. */
  readonly scope: string;
  /** Where the browser comes back to; the registration of the application names it. */
  readonly home = location.origin + ROOT;
  readonly options: { readonly [allowInsecureRequests]: boolean };
  readonly #authority: string;
  #server: Promise<AuthorizationServer> | null = null;

  constructor({ clientId, authority, scope }: Configuration) {
    // A clock that is wrong must lock nobody out: each ID token comes from Entra itself, in the answer to a request.
    this.client = { client_id: clientId, [clockTolerance]: A_DAY };
    this.scope = `openid profile offline_access ${scope}`;
    this.options = { [allowInsecureRequests]: isHttpOnLoopback(authority) };
    this.#authority = authority;
  }

  /**
   * Where its endpoints are; it is asked once.
   *
   * Its issuer is taken as it says, because in some clouds Entra has another name there than in the authority.
   *
   * @throws Unreachable if it does not answer.
   */
  async server(): Promise<AuthorizationServer> {
    this.#server ??= discovered(discoveryAddress(this.#authority));
    try {
      return await this.#server;
    } catch (error) {
      this.#server = null; // so that the next try asks again
      throw error;
    }
  }
}

async function discovered(address: string): Promise<AuthorizationServer> {
  let response: Response;
  try {
    response = await fetch(address);
  } catch (error) {
    if (error instanceof TypeError) throw new Unreachable(error.message);
    throw error;
  }
  if (!response.ok) throw new Unreachable(`${address}: ${response.status}`);
  try {
    return (await response.json()) as AuthorizationServer;
  } catch (error) {
    // Something on the way has answered in its place, or the connection broke.
    if (error instanceof SyntaxError || error instanceof TypeError) throw new Unreachable(error.message);
    throw error;
  }
}
