/** Signs people in with Microsoft Entra ID, and out again. */

import type { Tokens } from "../api/client";
import { Unreachable } from "../api/failures";
import { ROOT } from "../shell/routes";
import { isStorageAllowed } from "../shell/storage";
import { leaveForSignIn, redeemed, takeAnswer } from "./authorization";
import { dropDrafts, dropDraftsUnlessOf } from "./drafts";
import { failureOf, SignInFailure } from "./failures";
import { type Configuration, Identity } from "./identity";
import { dropSession, type KeptSession, keepSession, keptSession } from "./kept-session";
import { takeReturnPath } from "./return-path";
import { markSignedOut, otherTabsOf, takeSignedOutMark } from "./sign-out";
import { AccessTokens } from "./tokens";

export { SignInFailure, type SignInFailureReason } from "./failures";
export type { Configuration } from "./identity";

/** Somebody who is signed in. */
export interface SignedIn extends Tokens {
  readonly name: string;
  /** Ends the session here, in other tabs and at Entra. */
  signOut(): Promise<void>;
  /** Goes to the sign-in page; the browser comes back to the present URL. */
  signIn(): Promise<void>;
}

/** Whether Entra refused the account that it would take by itself the next time. */
let mustChooseAccount = false;

/**
 * Who is signed in; where nobody is, the browser goes to the sign-in page, and this never returns.
 *
 * After a failure it is called again when the reader asks for it. If Entra has refused an account, it then lets the
 * reader choose another.
 *
 * @throws SignInFailure if Entra refused, if the reader came back without signing in or has just signed out, or if the
 *   browser keeps nothing for the page.
 * @throws Unreachable if Entra does not answer.
 */
export async function startSignIn(configuration: Configuration): Promise<SignedIn> {
  if (!isStorageAllowed()) throw new SignInFailure("storageBlocked");
  const identity = new Identity(configuration);
  const session = await sessionAfterRedirect(identity);
  if (session === null) {
    if (takeSignedOutMark()) throw new SignInFailure("signedOut");
    return leaveForSignIn(identity, mustChooseAccount ? { prompt: "select_account" } : {});
  }
  dropDraftsUnlessOf(session.account.id);
  return signedIn(identity, session);
}

async function sessionAfterRedirect(identity: Identity): Promise<KeptSession | null> {
  // Both are taken in any case: only the start that follows the redirect may use them.
  const returnPath = takeReturnPath();
  const answer = takeAnswer();
  // After a failure the reader tries again from there, too.
  if (returnPath !== null) history.replaceState(null, "", returnPath);
  if (answer !== null) {
    try {
      keepSession(await redeemed(identity, answer));
    } catch (error) {
      mustChooseAccount = true;
      throw failureOf(error);
    }
  }
  // A session that has ended is still kept; with it, the Back button would lead to the sign-in page for ever.
  if (answer === null && returnPath !== null) throw new SignInFailure("canceled");
  return keptSession();
}

function signedIn(identity: Identity, session: KeptSession): SignedIn {
  const { account } = session;
  const tokens = new AccessTokens(identity, session);
  const otherTabs = otherTabsOf(account.id, () => {
    forget(tokens);
    location.assign(ROOT);
  });
  leaveIfSignedOut(account.id);
  return {
    name: account.name,
    accessToken: () => tokens.current(),
    renewedToken: () => tokens.renewed(),
    signIn: () => leaveForSignIn(identity, { login_hint: account.username }),
    signOut: async () => {
      forget(tokens);
      otherTabs.tell();
      location.assign(await signOutPage(identity, account.logoutHint));
    },
  };
}

/** Entra's page that ends the session there and leads back; the console's own where Entra does not answer. */
async function signOutPage(identity: Identity, logoutHint: string): Promise<string> {
  const { client, home } = identity;
  try {
    const { end_session_endpoint: endpoint = home } = await identity.server();
    const hint = logoutHint === "" ? {} : { logout_hint: logoutHint };
    const query = { client_id: client.client_id, post_logout_redirect_uri: home, ...hint };
    return `${endpoint}?${new URLSearchParams(query)}`;
  } catch (error) {
    if (error instanceof Unreachable) return home;
    throw error;
  }
}

/** Leaves the page if the Back button shows it again, as it was left, after the person has signed out. */
function leaveIfSignedOut(accountId: string): void {
  addEventListener("pageshow", (event) => {
    if (event.persisted && keptSession()?.account.id !== accountId) location.replace(ROOT);
  });
}

/** Forgets who was signed in and what they have typed. */
function forget(tokens: AccessTokens): void {
  tokens.forget();
  dropSession();
  dropDrafts();
  markSignedOut();
}
