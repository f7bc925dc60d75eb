/** Where in the console the reader was before the sign-in page. It is kept here: a URL of Entra's would show it there. */

import { ROOT } from "../shell/routes";

const KEY = "sign-in.return-path";

export function keepReturnPath({ pathname, search }: URL | Location): void {
  sessionStorage.setItem(KEY, pathname + search);
}

/** The path with its query; null if the browser did not come from the sign-in page. */
export function takeReturnPath(): string | null {
  const path = sessionStorage.getItem(KEY);
  sessionStorage.removeItem(KEY);
  return path !== null && isOfConsole(path) ? path : null;
}

/** Whether a path leads to a view of the console. */
export function isOfConsole(path: string): boolean {
  const { origin, pathname } = new URL(path, "https://console.invalid");
  return origin === "https://console.invalid" && `${pathname}/`.startsWith(`${ROOT}/`);
}
