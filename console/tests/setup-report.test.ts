/** What a report of the setup check comes to. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Report } from "../src/api/types";
import { resultOf, soonestToMend } from "../src/views/setup-check/setup-report";

function report(...statuses: Report["checks"][number]["status"][]): Report {
  return {
    status: statuses.includes("Failed") ? "Failed" : "Passed",
    checks: statuses.map((status, number) => ({ name: `check${number}`, status, message: "" })),
  };
}

test("a report passes, passes with warnings, or fails", () => {
  assert.equal(resultOf(report("Passed", "Passed")), "passed");
  assert.equal(resultOf(report("Passed", "Warning")), "warned");
  assert.equal(resultOf(report("Warning", "Failed")), "failed");
});

test("what failed comes first, then warnings, each in the order of the checks", () => {
  const names = soonestToMend(report("Passed", "Warning", "Failed", "Passed", "Failed")).checks.map(({ name }) => name);
  assert.deepEqual(names, ["check2", "check4", "check1", "check0", "check3"]);
});
