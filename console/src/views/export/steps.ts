/** How far an export has come, as the steps that people know it by. */

import type { Export } from "../../api/types";

export type StepName = "accepted" | "exporting" | "checked" | "handedOver";
/** `optional`: it may still be done, and nothing waits for it. */
export type StepState = "done" | "current" | "waiting" | "optional" | "failed" | "canceled";

export interface Step {
  readonly name: StepName;
  readonly state: StepState;
  /** When it was done. */
  readonly utc: string | null;
}

/** The four steps of an export, in their order. */
export function stepsOf(exported: Export): readonly Step[] {
  const submitted = exported.attempts.at(-1)?.submittedDateTime ?? null;
  const hasSucceeded = exported.status === "Succeeded";
  return [
    { name: "accepted", state: "done", utc: exported.createdDateTime },
    { name: "exporting", state: exportingState(exported), utc: submitted },
    { name: "checked", state: checkedState(exported), utc: hasSucceeded ? exported.completedDateTime : null },
    { name: "handedOver", state: handoverState(exported), utc: exported.handedOverDateTime },
  ];
}

/** Whether Microsoft had ended its part: the app has counted files, or is about to. */
function hasArrived({ stage, files, status }: Export): boolean {
  return status === "Succeeded" || stage === "Checking" || files !== null;
}

function exportingState(exported: Export): StepState {
  if (hasArrived(exported)) {
    return "done";
  }
  if (exported.status === "Failed") {
    return "failed";
  }
  return exported.status === "Canceled" ? "canceled" : "current";
}

function checkedState(exported: Export): StepState {
  if (exported.status === "Succeeded") {
    return "done";
  }
  if (!hasArrived(exported)) {
    return "waiting";
  }
  if (exported.status === "Failed") {
    return "failed";
  }
  return exported.status === "Canceled" ? "canceled" : "current";
}

function handoverState(exported: Export): StepState {
  if (exported.handedOverDateTime !== null) {
    return "done";
  }
  if (exported.awaitsHandover) {
    return "current";
  }
  return exported.completedDateTime === null ? "waiting" : "optional";
}
