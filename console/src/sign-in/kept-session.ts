/** A session that outlives a reload of the page, and ends with the tab: who is signed in, and the tokens. */

const KEY = "sign-in.session";

/** Who is signed in. */
export interface Account {
  /** The person and the tenant. */
  readonly id: string;
  readonly name: string;
  readonly username: string;
  /** By what Entra knows whom to sign out; empty if it has not said. */
  readonly logoutHint: string;
}

export interface KeptSession {
  readonly account: Account;
  readonly accessToken: string;
  /** When the access token expires, by the clock of this machine, in milliseconds since the epoch. */
  readonly expires: number;
  readonly refreshToken: string;
}

export function keepSession(session: KeptSession): void {
  sessionStorage.setItem(KEY, JSON.stringify(session));
}

/** The session of this tab; null if nobody is signed in. */
export function keptSession(): KeptSession | null {
  const text = sessionStorage.getItem(KEY);
  return text === null ? null : (JSON.parse(text) as KeptSession);
}

export function dropSession(): void {
  sessionStorage.removeItem(KEY);
}
