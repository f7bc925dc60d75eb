/** Why somebody is not signed in. */

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
  user_cancelled: "canceled",
};
/** MSAL's own codes and Entra's. */
const AWAY = [
  "endpoints_resolution_error",
  "failed_to_parse_response",
  "network_error",
  "no_network_connectivity",
  "post_request_failed",
  "server_error",
  "temporarily_unavailable",
];

/** An error of MSAL, as far as it matters here. */
interface AuthError extends Error {
  readonly errorCode: string;
  readonly errorMessage: string;
}

/** What an error of MSAL means: SignInFailure, or Unreachable if Entra does not answer. Other errors stay as they are. */
export function failureOf(error: unknown): unknown {
  if (!isAuthError(error)) return error;
  if (AWAY.includes(error.errorCode)) return new Unreachable(error.errorMessage);
  const code = /AADSTS\d+/.exec(error.errorMessage)?.[0] ?? error.errorCode;
  return new SignInFailure(REASONS[code] ?? "refused", error.errorMessage || error.errorCode);
}

/** Whether an error of MSAL says that a refresh token has ended, so that the person has to sign in. */
export function hasSessionEnded(error: unknown): boolean {
  return isAuthError(error) && (error.name === "InteractionRequiredAuthError" || error.errorCode === "invalid_grant");
}

function isAuthError(error: unknown): error is AuthError {
  return error instanceof Error && "errorCode" in error && "errorMessage" in error;
}
