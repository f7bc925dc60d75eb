/** What the sign-in decides: addresses of the authority, the way back, and what errors mean. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { AuthorizationResponseError, ResponseBodyError } from "oauth4webapi";
import { Unreachable } from "../src/api/failures";
import { isHttpOnLoopback, issuerOf } from "../src/sign-in/authority";
import { failureOf, hasSessionEnded, SignInFailure } from "../src/sign-in/failures";
import { answerIn } from "../src/sign-in/pending-sign-in";
import { isOfConsole } from "../src/sign-in/return-path";

/** As oauth4webapi throws it where the token endpoint refuses. */
function refusal(error: string, description: string): ResponseBodyError {
  const body = { error, error_description: description };
  return new ResponseBodyError("refused", { cause: body, response: new Response(null, { status: 400 }) });
}

/** As oauth4webapi throws it where the sign-in page sends the reader back without a code. */
function answer(error: string, description: string): AuthorizationResponseError {
  const cause = new URLSearchParams({ error, error_description: description });
  return new AuthorizationResponseError("refused", { cause });
}

test("only an authority on this machine may do without https", () => {
  for (const local of ["http://127.0.0.1:9000/t", "http://localhost:9000/t", "http://[::1]:9000/t"]) {
    assert.equal(isHttpOnLoopback(local), true);
  }
  for (const other of ["https://login.microsoftonline.com/t", "http://127.0.0.1.example/t", "http://login.example/t"]) {
    assert.equal(isHttpOnLoopback(other), false);
  }
});

test("the issuer is that of version 2", () => {
  const issuer = "https://login.microsoftonline.us/t/v2.0";
  assert.equal(issuerOf("https://login.microsoftonline.us/t").href, issuer);
  assert.equal(issuerOf("https://login.microsoftonline.us/t/").href, issuer);
});

test("an answer is a code or an error with the state", () => {
  assert.equal(answerIn("#code=c&state=s")?.get("code"), "c");
  assert.equal(answerIn("#error=access_denied&state=s")?.get("error"), "access_denied");
  for (const none of ["", "#", "#main", "#state=s", "#code=c"]) assert.equal(answerIn(none), null, none);
});

test("the way back leads into the console alone", () => {
  for (const inside of ["/api/console", "/api/console?status=Failed", "/api/console/exports/1", "/api/console/#x"]) {
    assert.equal(isOfConsole(inside), true, inside);
  }
  const outside = [
    "/",
    "/api/consoles",
    "/api/console/../exports",
    "//evil.example/api/console",
    "https://evil.example/",
  ];
  for (const path of outside) assert.equal(isOfConsole(path), false, path);
});

test("what Entra refuses has its reason", () => {
  const reasons = [
    [answer("interaction_required", "AADSTS50105: not assigned to a role"), "noRole"],
    [answer("access_denied", "AADSTS65004: User declined to consent"), "canceled"],
    [answer("invalid_request", "AADSTS9002325: PKCE"), "refused"],
    [refusal("invalid_grant", "AADSTS54005: already redeemed"), "refused"],
  ] as const;
  for (const [error, reason] of reasons) {
    const failure = failureOf(error);
    assert.ok(failure instanceof SignInFailure);
    assert.equal(failure.reason, reason);
    assert.equal(failure.message, error.error_description);
  }
});

test("an identity that is away does not end the session", () => {
  for (const code of ["server_error", "temporarily_unavailable"]) {
    assert.equal(hasSessionEnded(refusal(code, "")), false);
    assert.ok(failureOf(refusal(code, "")) instanceof Unreachable);
    assert.ok(failureOf(answer(code, "")) instanceof Unreachable);
  }
});

test("a refresh token that has ended does", () => {
  assert.equal(hasSessionEnded(refusal("invalid_grant", "AADSTS700084: expired")), true);
  assert.equal(hasSessionEnded(refusal("interaction_required", "AADSTS50076: more proof is needed")), true);
});

test("an error of another kind stays what it is", () => {
  const error = new TypeError("a bug");
  assert.equal(failureOf(error), error);
  assert.equal(hasSessionEnded(error), false);
  assert.equal(failureOf("thrown"), "thrown");
});
