/** What all views use: the API, who is signed in, and texts in the reader's language. */

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { ApiClient } from "../api/client";
import type { Me } from "../api/types";
import type { Language, Translator } from "../languages/translator";

export type Role = "Exports.Submit" | "Exports.Read" | "Exports.Download" | "Exports.Operate" | "Exports.Admin";

export interface Console {
  readonly api: ApiClient;
  readonly me: Me;
  readonly t: Translator;
  /** Has a screen reader say something that has changed, such as the result of a call. */
  announce(text: string): void;
  speak(language: Language): void;
  signOut(): void;
  /** Signs in again where the session has ended; the page comes back to where it is. */
  signIn(): void;
}

export const ConsoleContext = createContext<Console | null>(null);

export function useConsole(): Console {
  const found = useContext(ConsoleContext);
  if (found === null) throw new Error("A view is outside of the console.");
  return found;
}

/** Whether somebody has one of the roles; an administrator has all but `Exports.Download`, as in the API. */
export function hasRole(me: Me, ...roles: Role[]): boolean {
  const given: readonly string[] = me.roles;
  return roles.some((role) => given.includes(role) || (given.includes("Exports.Admin") && role !== "Exports.Download"));
}
