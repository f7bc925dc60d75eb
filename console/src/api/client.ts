/** Calls the API in the name of who is signed in. */

import { ApiFailure, errorBody, retryAfterSeconds, Unreachable } from "./failures";
import type { Method, Path, RequestOf, ResponseOf } from "./types";

const ROOT = "/api";

/** A response that is no error. */
export interface Answer<T> {
  readonly status: number;
  readonly body: T;
  /** When to ask again, in seconds; null where the response does not say. */
  readonly retryAfter: number | null;
}

/** Where tokens come from. */
export interface Tokens {
  /** A token that is valid now; it is renewed if it has to be. */
  accessToken(): Promise<string>;
  /** Another one, because the API refused the last. */
  renewedToken(): Promise<string>;
}

interface Sent {
  path?: object | undefined;
  query?: object | undefined;
  body?: unknown;
  mediaType?: string | undefined;
  idempotencyKey?: string | undefined;
  signal?: AbortSignal | undefined;
}

export class ApiClient {
  readonly #tokens: Tokens;

  constructor(tokens: Tokens) {
    this.#tokens = tokens;
  }

  /**
   * Makes a call.
   *
   * @throws ApiFailure if the response is an error.
   * @throws Unreachable if there is no response.
   */
  async call<M extends Method, P extends Path>(
    method: M,
    path: P,
    given: RequestOf<P, M>,
  ): Promise<Answer<ResponseOf<P, M>>> {
    const sent: Sent = given;
    return this.send(method, ROOT + filled(path, sent.path) + queryOf(sent.query), sent);
  }

  /**
   * Gets the next page of a list.
   *
   * @param nextLink as the page before has it. Only its path and query count: behind a gateway its host can differ.
   */
  async page<T>(nextLink: string, signal?: AbortSignal): Promise<Answer<T>> {
    const { pathname, search } = new URL(nextLink, location.href);
    return this.send("get", location.origin + pathname + search, { signal });
  }

  private async send<T>(method: string, url: string, sent: Sent): Promise<Answer<T>> {
    let response = await this.fetchWith(await this.#tokens.accessToken(), method, url, sent);
    if (response.status === 401) {
      response = await this.fetchWith(await this.#tokens.renewedToken(), method, url, sent);
    }
    const retryAfter = retryAfterSeconds(response.headers.get("Retry-After"), Date.now());
    const body = await jsonOf(response);
    if (!response.ok) {
      throw new ApiFailure(response.status, errorBody(body), response.headers.get("x-ms-request-id"), retryAfter);
    }
    return { status: response.status, body: body as T, retryAfter };
  }

  private async fetchWith(token: string, method: string, url: string, sent: Sent): Promise<Response> {
    const headers = new Headers({ Authorization: `Bearer ${token}`, Accept: "application/json" });
    if (sent.idempotencyKey !== undefined) headers.set("Idempotency-Key", sent.idempotencyKey);
    if (sent.body !== undefined) headers.set("Content-Type", sent.mediaType ?? "application/json");
    const body = sent.mediaType === undefined ? JSON.stringify(sent.body) : String(sent.body);
    try {
      return await fetch(url, {
        method: method.toUpperCase(),
        headers,
        body: sent.body === undefined ? null : body,
        signal: sent.signal ?? null,
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
      });
    } catch (error) {
      if (error instanceof TypeError) throw new Unreachable(error.message);
      throw error; // the call was ended
    }
  }
}

function filled(path: string, values: object | undefined): string {
  const known = new Map(Object.entries(values ?? {}));
  return path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(known.get(name))));
}

function queryOf(values: object | undefined): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values ?? {})) {
    if (value !== undefined) query.set(name, String(value));
  }
  return query.size === 0 ? "" : `?${query.toString()}`;
}

async function jsonOf(response: Response): Promise<unknown> {
  let text: string;
  try {
    text = await response.text();
  } catch (error) {
    if (error instanceof TypeError) throw new Unreachable(error.message);
    throw error;
  }
  try {
    return text === "" ? null : JSON.parse(text);
  } catch (error) {
    // Where the platform answers in place of the app, the body can be a page.
    if (error instanceof SyntaxError && !response.ok) return null;
    throw error;
  }
}
