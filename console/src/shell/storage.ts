/** Whether the browser keeps anything for this page. */

/** False where the reader, or whoever manages the browser, has blocked it. Without it nobody can sign in. */
export function isStorageAllowed(): boolean {
  try {
    return localStorage !== null && sessionStorage !== null;
  } catch (error) {
    if (error instanceof DOMException) return false;
    throw error;
  }
}
