/** The state of an export in a word, for its badge, and what else is to be said beside it. */

import type { Export } from "../api/types";

export type Tone = "danger" | "warning" | "success" | "informative" | "neutral";
/** The text `state.` and this names the state. */
export type StateName =
  | "accepted"
  | "awaitsHandover"
  | "canceled"
  | "canceling"
  | "checking"
  | "erased"
  | "failed"
  | "handedOver"
  | "inProgress"
  | "onHold"
  | "paused"
  | "queued"
  | "ready";

export interface State {
  readonly name: StateName;
  readonly tone: Tone;
}

const STAGES: Readonly<Record<string, StateName>> = {
  Accepted: "accepted",
  Queued: "queued",
  Checking: "checking",
  Canceling: "canceling",
};

/** The states to show, the main one first. */
export function statesOf(exported: Export): readonly State[] {
  const main = mainState(exported);
  const states: State[] = [main];
  if (exported.erasedDateTime !== null && main.name !== "erased") {
    states.push({ name: "erased", tone: "neutral" });
  }
  if (exported.hold !== null) {
    states.push({ name: "onHold", tone: "warning" });
  }
  if (exported.pausedDateTime !== null) {
    states.push({ name: "paused", tone: "warning" });
  }
  return states;
}

function mainState(exported: Export): State {
  switch (exported.status) {
    case "NotStarted":
    case "Running":
      return { name: STAGES[exported.stage] ?? "inProgress", tone: "informative" };
    case "Failed":
      return { name: "failed", tone: "danger" };
    case "Canceled":
      return { name: "canceled", tone: "neutral" };
    case "Succeeded":
      return succeededState(exported);
  }
}

function succeededState({ handedOverDateTime, awaitsHandover, erasedDateTime }: Export): State {
  if (handedOverDateTime !== null) {
    return { name: "handedOver", tone: "success" };
  }
  if (awaitsHandover) {
    return { name: "awaitsHandover", tone: "warning" };
  }
  if (erasedDateTime !== null) {
    return { name: "erased", tone: "neutral" };
  }
  return { name: "ready", tone: "success" };
}
