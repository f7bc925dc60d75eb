/** How access tokens are renewed, and what a sign-out leaves of them. */

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { Unreachable } from "../src/api/failures";
import { SignInFailure } from "../src/sign-in/failures";
import { Identity } from "../src/sign-in/identity";
import { type KeptSession, keepSession, keptSession } from "../src/sign-in/kept-session";
import { AccessTokens } from "../src/sign-in/tokens";

const AUTHORITY = "https://login.example/tenant";
const SESSION: KeptSession = {
  account: { id: "person.tenant", name: "Person", username: "person@example.com", logoutHint: "" },
  accessToken: "old",
  expires: 0,
  refreshToken: "renews",
};
const RENEWED = { access_token: "new", token_type: "Bearer", expires_in: 3600, refresh_token: "renews again" };

const kept = new Map<string, string>();
/** Answers a request for tokens. */
let answer: () => Promise<Response>;
/** Where the page has gone. */
let gone: Promise<URL>;

Object.assign(globalThis, {
  sessionStorage: {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  },
  addEventListener: () => undefined,
  fetch: (url: string) => (String(url).includes("/.well-known/") ? discovery() : answer()),
});

let discovery: () => Promise<Response>;

beforeEach(() => {
  kept.clear();
  keepSession(SESSION);
  gone = new Promise((resolve) => {
    const assign = (url: URL): void => {
      resolve(url);
    };
    const location = { origin: "https://app.example", pathname: "/api/console/new", search: "", assign };
    Object.assign(globalThis, { location });
  });
  discovery = async () =>
    Response.json({
      issuer: AUTHORITY,
      authorization_endpoint: `${AUTHORITY}/authorize`,
      token_endpoint: `${AUTHORITY}/token`,
    });
  answer = async () => Response.json(RENEWED);
});

function tokensOf(session: KeptSession): AccessTokens {
  return new AccessTokens(new Identity({ clientId: "console", authority: AUTHORITY, scope: "api://it/all" }), session);
}

test("a token that has expired is renewed once for all who ask, and the session is kept", async () => {
  const tokens = tokensOf(SESSION);

  assert.deepEqual(await Promise.all([tokens.current(), tokens.current()]), ["new", "new"]);

  assert.equal(keptSession()?.refreshToken, "renews again");
});

test("what Conditional Access asks for goes with the browser to the sign-in page", async () => {
  const claims = '{"access_token":{"capolids":{"essential":true,"values":["c1"]}}}';
  answer = async () => Response.json({ error: "interaction_required", claims }, { status: 400 });

  void tokensOf(SESSION).current();

  const { searchParams } = await gone;
  assert.equal(searchParams.get("claims"), claims);
  assert.equal(searchParams.get("login_hint"), SESSION.account.username);
});

test("without a refresh token the browser goes to the sign-in page", async () => {
  answer = () => assert.fail("There is nothing to renew by.");

  void tokensOf({ ...SESSION, refreshToken: "" }).current();

  assert.equal((await gone).pathname, "/tenant/authorize");
});

for (const [name, response] of [
  ["succeeds", () => Response.json(RENEWED)],
  ["is refused", () => Response.json({ error: "invalid_grant" }, { status: 400 })],
] as const) {
  test(`a renewal that ${name} after the sign-out brings no session back`, async () => {
    let respond: (response: Response) => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      answer = () => {
        resolve();
        return new Promise((done) => {
          respond = done;
        });
      };
    });
    const tokens = tokensOf(SESSION);
    const renewal = tokens.renewed();
    await asked;

    tokens.forget();
    kept.clear();
    respond(response());

    await assert.rejects(renewal, new SignInFailure("signedOut"));
    assert.equal(keptSession(), null);
    assert.equal(kept.size, 0);
  });
}

test("who has signed out has no tokens any more", async () => {
  const tokens = tokensOf({ ...SESSION, expires: Number.MAX_SAFE_INTEGER });
  assert.equal(await tokens.current(), "old");

  tokens.forget();

  await assert.rejects(tokens.current(), new SignInFailure("signedOut"));
  await assert.rejects(tokens.renewed(), new SignInFailure("signedOut"));
});

test("an answer that is no JSON is none of Entra's", async () => {
  discovery = async () => new Response("<h1>Proxy</h1>");

  await assert.rejects(tokensOf(SESSION).current(), Unreachable);
});
