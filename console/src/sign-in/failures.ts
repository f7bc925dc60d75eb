/** Why somebody is not signed in. */

import { AuthorizationResponseError, OperationProcessingError, ResponseBodyError } from "oauth4webapi";
import { Unreachable } from "../api/failures";

export type SignInFailureReason =
  /** The person has no app role, and the app takes nobody without. */
  | "noRole"
  /** The reader came back without signing in. */
  | "canceled"
  /** The reader has signed out, here or in another tab. */
  | "signedOut"
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
const AWAY = ["server_error", "temporarily_unavailable"];
const ENDED = ["invalid_grant", "interaction_required", "login_required", "consent_required"];

/** What an error of a sign-in means: SignInFailure, or Unreachable if Entra does not answer. Others stay as they are. */
export function failureOf(error: unknown): unknown {
  if (error instanceof OperationProcessingError) return new SignInFailure("refused", error.message);
  if (!isRefusal(error)) return error;
  const said = error.error_description ?? error.error;
  if (AWAY.includes(error.error)) return new Unreachable(said);
  const code = /AADSTS\d+/.exec(said)?.[0] ?? "";
  return new SignInFailure(REASONS[code] ?? "refused", said);
}

/** Whether Entra says that a refresh token has ended, so that the person has to sign in. */
export function hasSessionEnded(error: unknown): boolean {
  return error instanceof ResponseBodyError && ENDED.includes(error.error);
}

function isRefusal(error: unknown): error is AuthorizationResponseError | ResponseBodyError {
  return error instanceof AuthorizationResponseError || error instanceof ResponseBodyError;
}
