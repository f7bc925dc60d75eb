/** Calls that concern an export which somebody else may have changed since it was loaded. */

import { ApiFailure } from "../../../api/failures";

/** Whether the export is not as the page shows it: the API would not refuse what the page offers otherwise. */
export function isOutdated(error: unknown): boolean {
  return error instanceof ApiFailure && (error.status === 409 || error.status === 404);
}

/** Makes a call; if the export turns out to be another than the page shows, it is loaded again, and the call fails. */
export async function withReload<T>(call: Promise<T>, reload: () => Promise<void>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (isOutdated(error)) {
      await reload();
    }
    throw error;
  }
}
