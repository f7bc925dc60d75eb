/** What happens before the first view: the texts, the configuration, the sign-in, and who that is for the API. */

import { ApiClient } from "../api/client";
import { ApiFailure, Unreachable } from "../api/failures";
import type { Me } from "../api/types";
import {
  bestLanguage,
  isLanguage,
  type Language,
  localeOf,
  type Messages,
  type Translator,
  translatorOf,
} from "../languages/translator";
import { dropSession } from "../sign-in/kept-session";
import { type Configuration, type SignedIn, startSignIn } from "../sign-in/sign-in";
import { ROOT } from "./routes";
import { isStorageAllowed } from "./storage";

const CHOSEN = "language";

export interface Session {
  readonly signedIn: SignedIn;
  readonly api: ApiClient;
  readonly me: Me;
}

/** The language that the reader has chosen here, else the browser's. */
export function preferredLanguage(): Language {
  const chosen = isStorageAllowed() ? (localStorage.getItem(CHOSEN) ?? "") : "";
  return isLanguage(chosen) ? chosen : bestLanguage(navigator.languages);
}

/** Loads the texts of a language, and says so in the page. */
export async function speakLanguage(language: Language): Promise<Translator> {
  const messages = await fetched(LANGUAGE_FILES[language]);
  document.documentElement.lang = language;
  return translatorOf(language, messages as Messages, localeOf(language, navigator.languages));
}

export function rememberLanguage(language: Language): void {
  localStorage.setItem(CHOSEN, language);
}

/**
 * Signs in, and asks the API who that is.
 *
 * @throws SignInFailure, ApiFailure or Unreachable.
 */
export async function startSession(): Promise<Session> {
  const configuration = await fetched(`${ROOT}/config.json`);
  const signedIn = await startSignIn(configuration as Configuration);
  const api = new ApiClient(signedIn);
  try {
    const { body: me } = await api.call("get", "/me", {});
    return { signedIn, api, me };
  } catch (error) {
    // The next try signs in anew: these tokens are no use, and neither are new ones by the same refresh token.
    if (error instanceof ApiFailure && error.status === 401) dropSession();
    throw error;
  }
}

async function fetched(url: string): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (error) {
    if (error instanceof TypeError) throw new Unreachable(error.message);
    throw error;
  }
  if (!response.ok) throw new ApiFailure(response.status, null, null, null);
  return response.json();
}
