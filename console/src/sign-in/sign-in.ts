/** Signs people in with Microsoft Entra ID, and out again. */

import type { Tokens as TokenSource } from "../api/client";
import { Unreachable } from "../api/failures";
import { ROOT } from "../shell/routes";
import { AccessTokens, leaveForSignIn } from "./access-tokens";
import { dropDrafts, dropDraftsUnlessOf } from "./drafts";
import { type Configuration, EntraClient } from "./entra-client";
import { failureOf, SignInFailure } from "./failures";
import { answerIn, takePendingSignIn } from "./pending-sign-in";
import { takeReturnPath } from "./return-path";
import { markSignedOut, onSignOutElsewhere, takeSignedOutMark, tellOtherTabs } from "./sign-out";
import { dropTokens, keepTokens, keptTokens, type Tokens } from "./stored-tokens";

export type { Configuration } from "./entra-client";
export { SignInFailure, type SignInFailureReason } from "./failures";

/** Somebody who is signed in. */
export interface SignedIn extends TokenSource {
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
  const entra = new EntraClient(configuration);
  const tokens = await tokensAfterRedirect(entra);
  if (tokens === null) {
    if (takeSignedOutMark()) throw new SignInFailure("signedOut");
    return leaveForSignIn(entra, mustChooseAccount ? { prompt: "select_account" } : {});
  }
  dropDraftsUnlessOf(tokens.account.id);
  return session(entra, tokens);
}

async function tokensAfterRedirect(entra: EntraClient): Promise<Tokens | null> {
  // All of it is taken in any case: only the start that follows the redirect may go there.
  const returnPath = takeReturnPath();
  const pending = takePendingSignIn();
  const answer = answerIn(location.hash);
  // After a failure the reader tries again from there, too. A reload must not find the answer again.
  if (returnPath !== null || answer !== null) history.replaceState(null, "", returnPath ?? location.pathname);
  if (answer !== null && pending !== null) {
    try {
      const tokens = await entra.tokensFor(answer, pending);
      keepTokens(tokens);
      return tokens;
    } catch (error) {
      mustChooseAccount = true;
      throw failureOf(error);
    }
  }
  const tokens = keptTokens();
  if (tokens === null && returnPath !== null) throw new SignInFailure("canceled");
  return tokens;
}

function session(entra: EntraClient, tokens: Tokens): SignedIn {
  const { account } = tokens;
  const accessTokens = new AccessTokens(entra, tokens);
  const forget = (): void => {
    dropDrafts();
    dropTokens();
    markSignedOut();
  };
  onSignOutElsewhere(account.id, () => {
    forget();
    location.assign(ROOT);
  });
  return {
    name: account.name,
    accessToken: () => accessTokens.current(),
    renewedToken: () => accessTokens.renewed(),
    signIn: () => leaveForSignIn(entra, { loginHint: account.loginHint }),
    signOut: async () => {
      forget();
      tellOtherTabs(account.id);
      location.assign(await signOutPage(entra, account.loginHint));
    },
  };
}

/** Entra's page that ends the session there; the console's own where Entra does not answer. */
async function signOutPage(entra: EntraClient, loginHint: string): Promise<URL | string> {
  try {
    return await entra.signOutUrl(loginHint);
  } catch (error) {
    if (failureOf(error) instanceof Unreachable) return ROOT;
    throw error;
  }
}
