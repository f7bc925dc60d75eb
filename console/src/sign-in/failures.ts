/** Why somebody is not signed in. */

import {
  AuthorizationResponseError,
  OperationProcessingError,
  PARSE_ERROR,
  RESPONSE_IS_NOT_CONFORM,
  RESPONSE_IS_NOT_JSON,
  ResponseBodyError,
} from "oauth4webapi";
import { Unreachable } from "../api/failures";

export type SignInFailureReason =
  /** The person has no app role, and the app takes nobody without. */
  | "noRole"
  /** The reader came back without signing in. */
  | "canceled"
  /** The reader has signed out, here or in another tab. */
  | "signedOut"
  /** The browser keeps nothing for the page, so that no sign-in could come back to it. */
  | "storageBlocked"
  /** Entra refused for another reason, which the message says. */
  | "refused";

/** Somebody is not signed in. The message is Entra's; it is empty where Entra had no part in it. */
export class SignInFailure extends Error {
  override readonly name = "SignInFailure";
  readonly reason: SignInFailureReason;

  constructor(reason: SignInFailureReason, message = "") {
    super(message);
    this.reason = reason;
  }
}

const REASONS: Readonly<Record<string, SignInFailureReason>> = {
  AADSTS50105: "noRole",
  AADSTS65004: "canceled",
};
/** Entra is there, but can't do its work at the moment. */
const AWAY = ["server_error", "temporarily_unavailable"];
/** What comes in place of Entra's answer from something on the way to it, or from an Entra that is not well. */
const NO_ANSWER = [PARSE_ERROR, RESPONSE_IS_NOT_CONFORM, RESPONSE_IS_NOT_JSON];
/** A refresh token has ended, or is not enough any more. */
const ENDED = ["consent_required", "interaction_required", "invalid_grant", "login_required"];

/**
 * What an error of oauth4webapi or of `fetch` means: SignInFailure, or Unreachable if Entra does not answer. Other errors
 * stay as they are.
 */
export function failureOf(error: unknown): unknown {
  if (isRefusal(error)) {
    const description = error.error_description ?? "";
    if (AWAY.includes(error.error)) return new Unreachable(description);
    const code = /AADSTS\d+/.exec(description)?.[0] ?? error.error;
    return new SignInFailure(REASONS[code] ?? "refused", description || error.error);
  }
  if (error instanceof OperationProcessingError) {
    const isAway = NO_ANSWER.includes(error.code ?? "");
    return isAway ? new Unreachable(error.message) : new SignInFailure("refused", error.message);
  }
  // The library's own errors of this class have a code; those of `fetch` have none.
  return error instanceof TypeError && !("code" in error) ? new Unreachable(error.message) : error;
}

/** Whether an error says that a refresh token has ended, so that the person has to sign in. */
export function hasSessionEnded(error: unknown): boolean {
  return error instanceof ResponseBodyError && ENDED.includes(error.error);
}

/** What a policy of Conditional Access asks the next sign-in for, as Entra has said it in a refusal. */
export function claimsAskedFor(error: unknown): { readonly claims?: string } {
  const claims = error instanceof ResponseBodyError ? error.cause["claims"] : undefined;
  return typeof claims === "string" ? { claims } : {};
}

function isRefusal(error: unknown): error is AuthorizationResponseError | ResponseBodyError {
  return error instanceof AuthorizationResponseError || error instanceof ResponseBodyError;
}
