/** How a call fails, and what the responses say about it. */

import type { ErrorBody } from "./types";

/** The API refused a call or could not carry it out. */
export class ApiFailure extends Error {
  override readonly name = "ApiFailure";
  readonly status: number;
  readonly requestId: string | null;
  readonly retryAfter: number | null;
  readonly code: string;
  /** The field or the thing that the error is about. */
  readonly target: string | null;
  readonly details: readonly { code: string; message: string; target: string | null }[];

  /**
   * @param status the HTTP status.
   * @param body the error body; null where the platform answered in place of the app.
   * @param requestId by which the call can be found in the logs.
   * @param retryAfter when to call again, in seconds; null where the response does not say.
   */
  constructor(status: number, body: ErrorBody | null, requestId: string | null, retryAfter: number | null) {
    super(body?.error.message ?? "");
    this.status = status;
    this.requestId = requestId;
    this.retryAfter = retryAfter;
    this.code = body?.error.code ?? "";
    this.target = body?.error.target ?? null;
    this.details = (body?.error.details ?? []).map((each) => ({
      code: each.code,
      message: each.message,
      target: each.target ?? null,
    }));
  }
}

/** There was no response: the network or the service is away. */
export class Unreachable extends Error {
  override readonly name = "Unreachable";
}

/** The error body in a response, if it has one. */
export function errorBody(value: unknown): ErrorBody | null {
  if (typeof value !== "object" || value === null || !("error" in value)) return null;
  const { error } = value;
  const isError = typeof error === "object" && error !== null && "code" in error && "message" in error;
  return isError ? (value as ErrorBody) : null;
}

/**
 * The seconds in a `Retry-After` header, which has seconds or a date; null where it has neither.
 *
 * @param now the time, in milliseconds since 1970.
 */
export function retryAfterSeconds(header: string | null, now: number): number | null {
  if (header === null) return null;
  if (/^\d+$/.test(header.trim())) return Number(header);
  const date = Date.parse(header);
  return Number.isNaN(date) ? null : Math.max(0, Math.ceil((date - now) / 1000));
}
