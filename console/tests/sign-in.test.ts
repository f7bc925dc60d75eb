/** What the sign-in decides: addresses of the authority, the way back, and what errors mean. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Unreachable } from "../src/api/failures";
import { asHttps, discoveryAddress, isHttpOnLoopback } from "../src/sign-in/authority";
import { failureOf, hasSessionEnded, SignInFailure } from "../src/sign-in/failures";
import { isOfConsole } from "../src/sign-in/return-path";

class MsalError extends Error {
  readonly errorCode: string;
  readonly errorMessage: string;

  constructor(errorCode: string, errorMessage = "", name = "ServerError") {
    super(errorMessage);
    this.errorCode = errorCode;
    this.errorMessage = errorMessage;
    this.name = name;
  }
}

test("only an authority on this machine may do without https", () => {
  for (const local of ["http://127.0.0.1:9000/t", "http://localhost:9000/t", "http://[::1]:9000/t"]) {
    assert.equal(isHttpOnLoopback(local), true);
    assert.equal(asHttps(local), local.replace("http:", "https:"));
  }
  for (const other of ["https://login.microsoftonline.com/t", "http://127.0.0.1.example/t", "http://login.example/t"]) {
    assert.equal(isHttpOnLoopback(other), false);
    assert.equal(asHttps(other), other);
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
    [new MsalError("interaction_required", "AADSTS50105: not assigned to a role"), "noRole"],
    [new MsalError("access_denied", "AADSTS65004: User declined to consent"), "canceled"],
    [new MsalError("user_cancelled"), "canceled"],
    [new MsalError("invalid_request", "AADSTS9002325: PKCE"), "refused"],
  ] as const;
  for (const [error, reason] of reasons) {
    const failure = failureOf(error);
    assert.ok(failure instanceof SignInFailure);
    assert.equal(failure.reason, reason);
    assert.equal(failure.message, error.errorMessage || error.errorCode);
  }
});

test("an identity that is away does not end the session", () => {
  for (const code of ["post_request_failed", "no_network_connectivity", "temporarily_unavailable"]) {
    assert.equal(hasSessionEnded(new MsalError(code)), false);
    assert.ok(failureOf(new MsalError(code)) instanceof Unreachable);
  }
});

test("a refresh token that has ended does", () => {
  assert.equal(hasSessionEnded(new MsalError("invalid_grant", "AADSTS700084: expired")), true);
  assert.equal(hasSessionEnded(new MsalError("no_tokens_found", "", "InteractionRequiredAuthError")), true);
});

test("an error of another kind stays what it is", () => {
  const error = new TypeError("a bug");
  assert.equal(failureOf(error), error);
  assert.equal(hasSessionEnded(error), false);
  assert.equal(failureOf("thrown"), "thrown");
});
