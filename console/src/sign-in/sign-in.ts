/** Signs people in with Microsoft Entra ID, and out again. */

import type { AccountInfo, IPublicClientApplication } from "@azure/msal-browser";
import type { Tokens } from "../api/client";
import { ROOT } from "../shell/routes";
import { applicationOf, type Configuration } from "./application";
import { dropDraftsUnlessOf, dropDrafts } from "./drafts";
import { failureOf, SignInFailure } from "./failures";
import { AccessTokens, leaveForSignIn } from "./tokens";
import { takeReturnPath } from "./return-path";
import { markSignedOut, onSignOutElsewhere, takeSignedOutMark, tellOtherTabs } from "./sign-out";

export type { Configuration } from "./application";
export { SignInFailure, type SignInFailureReason } from "./failures";

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
 * @throws SignInFailure if Entra refused, if the reader came back without signing in, or has just signed out.
 * @throws Unreachable if Entra does not answer.
 */
export async function startSignIn(configuration: Configuration): Promise<SignedIn> {
  const application = await applicationOf(configuration);
  const account = await accountAfterRedirect(application);
  if (account === null) {
    if (takeSignedOutMark()) throw new SignInFailure("signedOut");
    return leaveForSignIn(application, configuration.scope, mustChooseAccount ? { prompt: "select_account" } : {});
  }
  dropDraftsUnlessOf(account.homeAccountId);
  return session(application, account, configuration.scope);
}

async function accountAfterRedirect(application: IPublicClientApplication): Promise<AccountInfo | null> {
  // It is taken in any case: only the start that follows the redirect may go there.
  const returnPath = takeReturnPath();
  const answer = application.handleRedirectPromise({ navigateToLoginRequestUrl: false });
  // MSAL has taken the answer out of the URL by now. After a failure the reader tries again from there, too.
  if (returnPath !== null) history.replaceState(null, "", returnPath);
  const result = await answer.catch((error: unknown) => {
    mustChooseAccount = true;
    throw failureOf(error);
  });
  const account = result?.account ?? application.getAllAccounts()[0] ?? null;
  if (account === null && returnPath !== null) throw new SignInFailure("canceled");
  return account;
}

function session(application: IPublicClientApplication, account: AccountInfo, scope: string): SignedIn {
  const tokens = new AccessTokens(application, account, scope);
  onSignOutElsewhere(account.homeAccountId, async () => {
    dropDrafts();
    await application.clearCache({ account });
    markSignedOut();
    location.assign(ROOT);
  });
  return {
    name: account.name ?? account.username,
    accessToken: () => tokens.current(),
    renewedToken: () => tokens.renewed(),
    signIn: () => leaveForSignIn(application, scope, { account }),
    signOut: async () => {
      dropDrafts();
      markSignedOut();
      tellOtherTabs(account.homeAccountId);
      await application.logoutRedirect({ account });
    },
  };
}
