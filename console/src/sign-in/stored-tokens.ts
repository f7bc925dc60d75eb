/** The tokens of who is signed in, in the storage of this tab: they outlive a reload, and end with the tab. */

const KEY = "sign-in.tokens";

/** Who is signed in, and what with. */
export interface Tokens {
  readonly accessToken: string;
  /** In milliseconds since 1970, by this browser's clock. */
  readonly expiresAt: number;
  /** Empty if Entra gave none. */
  readonly refreshToken: string;
  readonly account: Account;
}

export interface Account {
  /** The same for the same person in the same tenant. */
  readonly id: string;
  readonly name: string;
  /** By which Entra knows the person again. */
  readonly loginHint: string;
}

export function keepTokens(tokens: Tokens): void {
  sessionStorage.setItem(KEY, JSON.stringify(tokens));
}

/** The tokens; null if nobody is signed in. */
export function keptTokens(): Tokens | null {
  const text = sessionStorage.getItem(KEY);
  return text === null ? null : (JSON.parse(text) as Tokens);
}

export function dropTokens(): void {
  sessionStorage.removeItem(KEY);
}
