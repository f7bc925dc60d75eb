/** What a report of the setup check comes to. */

import type { Report } from "../../api/types";

const ORDER = ["Failed", "Warning", "Passed"] as const;

/** The text `setup.` and this says it. */
export type Result = "failed" | "warned" | "passed";

export function resultOf({ status, checks }: Report): Result {
  if (status === "Failed") {
    return "failed";
  }
  return checks.some((check) => check.status === "Warning") ? "warned" : "passed";
}

/** The same report with what has to be mended first, then what should be looked at. */
export function soonestToMend(report: Report): Report {
  const checks = [...report.checks].sort((one, other) => ORDER.indexOf(one.status) - ORDER.indexOf(other.status));
  return { ...report, checks };
}
