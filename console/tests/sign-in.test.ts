/** What the sign-in decides: addresses of the authority, the way back, and what errors mean. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AuthorizationResponseError,
  JSON_ATTRIBUTE_COMPARISON,
  OperationProcessingError,
  RESPONSE_IS_NOT_CONFORM,
  ResponseBodyError,
} from "oauth4webapi";
import { Unreachable } from "../src/api/failures";
import { discoveryAddress, isHttpOnLoopback } from "../src/sign-in/authority";
import { failureOf, hasSessionEnded, SignInFailure } from "../src/sign-in/failures";
import { isOfConsole } from "../src/sign-in/return-path";

function refusal(error: string, description = ""): AuthorizationResponseError {
  const cause = new URLSearchParams({ error, error_description: description });
  return new AuthorizationResponseError("refused", { cause });
}

function tokenRefusal(error: string, description = ""): ResponseBodyError {
  const cause = { error, error_description: description };
  return new ResponseBodyError("refused", { cause, response: new Response("", { status: 400 }) });
}

test("only an authority on this machine may do without https", () => {
  for (const local of ["http://127.0.0.1:9000/t", "http://localhost:9000/t", "http://[::1]:9000/t"]) {
    assert.equal(isHttpOnLoopback(local), true);
  }
  for (const other of ["https://login.microsoftonline.com/t", "http://127.0.0.1.example/t", "http://login.example/t"]) {
    assert.equal(isHttpOnLoopback(other), false);
  }
});

test("an authority describes itself below its path", () => {
  const address = "http://127.0.0.1:9000/t/v2.0/.well-known/openid-configuration";
  assert.equal(discoveryAddress("http://127.0.0.1:9000/t"), address);
  assert.equal(discoveryAddress("http://127.0.0.1:9000/t/"), address);
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
    [refusal("interaction_required", "AADSTS50105: not assigned to a role"), "noRole"],
    [refusal("access_denied", "AADSTS65004: User declined to consent"), "canceled"],
    [refusal("invalid_request", "AADSTS9002325: PKCE"), "refused"],
    [tokenRefusal("invalid_client", "AADSTS700016: not found"), "refused"],
  ] as const;
  for (const [error, reason] of reasons) {
    const failure = failureOf(error);
    assert.ok(failure instanceof SignInFailure);
    assert.equal(failure.reason, reason);
    assert.equal(failure.message, error.error_description);
  }
});

test("an answer that is not for this page is refused", () => {
  const code = JSON_ATTRIBUTE_COMPARISON;
  const failure = failureOf(new OperationProcessingError('unexpected "state"', { code }));
  assert.ok(failure instanceof SignInFailure);
  assert.equal(failure.reason, "refused");
});

test("an identity that is away does not end the session", () => {
  const errors = [
    tokenRefusal("temporarily_unavailable"),
    refusal("server_error"),
    new OperationProcessingError("unexpected HTTP status code", { code: RESPONSE_IS_NOT_CONFORM }),
    new TypeError("Failed to fetch"),
  ];
  for (const error of errors) {
    assert.equal(hasSessionEnded(error), false);
    assert.ok(failureOf(error) instanceof Unreachable);
  }
});

test("a refresh token that has ended does", () => {
  assert.equal(hasSessionEnded(tokenRefusal("invalid_grant", "AADSTS700084: expired")), true);
  assert.equal(hasSessionEnded(tokenRefusal("interaction_required", "AADSTS50076: more is asked for")), true);
});

test("an error of another kind stays what it is", () => {
  const error = new RangeError("a bug");
  assert.equal(failureOf(error), error);
  assert.equal(hasSessionEnded(error), false);
  assert.equal(failureOf("thrown"), "thrown");
});
