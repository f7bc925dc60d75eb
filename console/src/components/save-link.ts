/**
 * Has the browser save what a link leads to.
 *
 * The response says that it is to be saved (`Content-Disposition`), so the browser stays on this page, and the link, which
 * is a secret, gets into no history.
 */
export function saveLink(url: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.rel = "noreferrer";
  link.click();
}
