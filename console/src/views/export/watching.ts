/** When to ask again how far an export is. */

import type { Answer } from "../../api/client";
import { ApiFailure, Unreachable } from "../../api/failures";
import type { Export } from "../../api/types";

const AFTER_FAILURE_SECONDS = 30;

/** In how many seconds to ask again; null where nothing will change by itself, or asking again does not help. */
export function secondsToNext(answer: Answer<Export> | null, failure: Error | null): number | null {
  if (failure === null) {
    return answer?.retryAfter ?? null;
  }
  if (failure instanceof Unreachable) {
    return AFTER_FAILURE_SECONDS;
  }
  const mayPass = failure instanceof ApiFailure && (failure.status >= 500 || failure.status === 429);
  return mayPass ? Math.max(failure.retryAfter ?? 0, AFTER_FAILURE_SECONDS) : null;
}
