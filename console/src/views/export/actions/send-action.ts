/** Makes the call of an action. Each can be repeated: what is so already stays as it is. */

import type { Answer, ApiClient } from "../../../api/client";
import type { Export } from "../../../api/types";
import { type ActionForm, methodOf, reasonOf, timeOf } from "./action-form";

/**
 * Does what a complete form says.
 *
 * @returns the export as it is then; with the status 202 a command goes on.
 * @throws ApiFailure or Unreachable.
 */
export function sendAction(api: ApiClient, exported: Export, form: ActionForm, now: number): Promise<Answer<Export>> {
  const path = { id: exported.id };
  switch (form.action) {
    case "handOver": {
      const body = { handedOverDateTime: timeOf(form, exported, now), method: methodOf(form) };
      return api.call("post", "/exports/{id}/handover", { path, body });
    }
    case "extend": {
      const body = { action: "extend", dueDateTime: timeOf(form, exported, now), reason: reasonOf(form) } as const;
      return api.call("post", "/exports/{id}/deadline", { path, body });
    }
    case "pause":
      return api.call("post", "/exports/{id}/deadline", { path, body: { action: "pause", reason: reasonOf(form) } });
    case "resume":
      return api.call("post", "/exports/{id}/deadline", { path, body: { action: "resume" } });
    case "hold":
    case "changeHold":
      return api.call("put", "/exports/{id}/hold", { path, body: { reason: reasonOf(form) } });
    case "liftHold":
      return api.call("delete", "/exports/{id}/hold", { path });
    case "retry":
      return api.call("post", "/exports/{id}/retry", { path });
    case "cancel":
      return api.call("post", "/exports/{id}/cancel", { path });
    case "erase":
      return api.call("delete", "/exports/{id}/data", { path });
  }
}
