/** What is shown to whom: as roles and the state of an export allow it in the API. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Export, Me } from "../src/api/types";
import { hasData, mayDownload, pendingCommand, permittedActions } from "../src/views/export/actions/permitted-actions";
import { runningExport, succeededExport } from "./sample-export";

const NOW = Date.parse("2026-11-09T12:00:00Z");
const REQUESTER = succeededExport().requestedBy;

function somebody(...roles: string[]): Me {
  return { id: "b2d5f9a3-6c18-4ea4-9f72-30ac8d4e1b69", name: "Somebody", roles };
}

function requester(...roles: string[]): Me {
  return { ...somebody(...roles), id: REQUESTER };
}

function actionsOf(exported: Export, me: Me = somebody("Exports.Admin")): readonly string[] {
  return permittedActions(exported, me, NOW);
}

const HELD = { placedDateTime: "2026-11-05T09:00:00Z", reason: "Case 12 O 345/26", placedBy: REQUESTER };

const STATES: readonly [string, Export, readonly string[]][] = [
  ["runs", runningExport(), ["extend", "pause", "hold", "cancel"]],
  ["is in the queue", runningExport({ status: "NotStarted", stage: "Queued" }), ["extend", "pause", "hold", "cancel"]],
  ["is paused", runningExport({ pausedDateTime: "2026-11-05T09:00:00Z" }), ["resume", "hold", "cancel"]],
  ["is overdue", runningExport({ dueDateTime: "2026-11-09T12:00:00Z" }), ["extend", "hold", "cancel"]],
  ["is being canceled", runningExport({ stage: "Canceling" }), ["extend", "pause", "hold"]],
  ["is on hold and runs", runningExport({ hold: HELD }), ["extend", "pause", "changeHold", "liftHold", "cancel"]],
  ["has succeeded", succeededExport(), ["handOver", "hold", "erase"]],
  ["awaits its hand-over", succeededExport({ awaitsHandover: true }), ["handOver", "extend", "pause", "hold", "erase"]],
  [
    "is paused and awaits its hand-over",
    succeededExport({ awaitsHandover: true, pausedDateTime: "2026-11-05T09:00:00Z" }),
    ["handOver", "resume", "hold", "erase"],
  ],
  ["was handed over", succeededExport({ handedOverDateTime: "2026-11-04T09:00:00Z" }), ["hold", "erase"]],
  ["is on hold", succeededExport({ hold: HELD }), ["handOver", "changeHold", "liftHold"]],
  [
    "is on hold after its retention",
    succeededExport({ hold: HELD, erasureDueDateTime: "2026-11-08T09:00:00Z" }),
    ["handOver", "changeHold", "liftHold"],
  ],
  ["is being erased", succeededExport({ erasureDueDateTime: "2026-11-09T12:00:00Z" }), ["handOver"]],
  ["was erased", succeededExport({ erasureDueDateTime: null, erasedDateTime: "2026-11-08T09:00:00Z" }), ["handOver"]],
  ["has failed", succeededExport({ status: "Failed" }), ["handOver", "hold", "retry", "erase"]],
  ["was canceled", succeededExport({ status: "Canceled" }), ["handOver", "hold", "retry", "erase"]],
  [
    "has failed without data",
    succeededExport({ status: "Failed", erasureDueDateTime: null }),
    ["handOver", "hold", "retry"],
  ],
  [
    "has failed and was erased",
    succeededExport({ status: "Failed", erasureDueDateTime: null, erasedDateTime: "2026-11-08T09:00:00Z" }),
    ["handOver", "retry"],
  ],
  [
    "has failed and is being erased",
    succeededExport({ status: "Failed", erasureDueDateTime: "2026-11-09T11:00:00Z" }),
    ["handOver"],
  ],
  [
    "has failed and was answered otherwise",
    succeededExport({ status: "Failed", handedOverDateTime: "2026-11-04T09:00:00Z" }),
    ["hold", "erase"],
  ],
  [
    "never found its person",
    succeededExport({ status: "Failed", subject: { type: "user", id: null }, erasureDueDateTime: null }),
    ["handOver", "hold"],
  ],
  [
    "was attempted 100 times",
    succeededExport({
      status: "Failed",
      attempts: Array.from({ length: 100 }, () => succeededExport().attempts).flat(),
    }),
    ["handOver", "hold", "erase"],
  ],
];

for (const [state, exported, expected] of STATES) {
  test(`an export that ${state} can be changed as the API allows`, () => {
    assert.deepEqual(actionsOf(exported), expected);
  });
}

test("each role may do what the table of the API says", () => {
  const failed = succeededExport({ status: "Failed" });
  const all = ["handOver", "hold", "retry", "erase"];
  assert.deepEqual(actionsOf(failed, somebody("Exports.Admin")), all);
  assert.deepEqual(actionsOf(failed, requester("Exports.Submit")), all);
  assert.deepEqual(actionsOf(failed, requester("Exports.Read")), ["retry", "erase"]);
  assert.deepEqual(actionsOf(failed, requester("Exports.Download")), []);
  assert.deepEqual(actionsOf(failed, requester("Exports.Operate")), []);
  assert.deepEqual(actionsOf(failed, somebody("Exports.Submit", "Exports.Read", "Exports.Download")), []);
});

test("data is downloaded by those who may see the export and have the role", () => {
  const exported = succeededExport();
  assert.equal(mayDownload(exported, requester("Exports.Download")), true);
  assert.equal(mayDownload(exported, requester("Exports.Submit")), false);
  assert.equal(mayDownload(exported, somebody("Exports.Download")), false);
  assert.equal(mayDownload(exported, somebody("Exports.Download", "Exports.Read")), true);
  assert.equal(mayDownload(exported, somebody("Exports.Download", "Exports.Admin")), true);
  assert.equal(mayDownload(exported, requester("Exports.Admin")), false);
});

test("there is data from the success to the erasure", () => {
  assert.equal(hasData(runningExport(), NOW), false);
  assert.equal(hasData(succeededExport(), NOW), true);
  assert.equal(hasData(succeededExport({ erasureDueDateTime: "2026-11-09T12:00:00Z" }), NOW), false);
  assert.equal(hasData(succeededExport({ erasureDueDateTime: "2026-11-09T12:00:00Z", hold: HELD }), NOW), true);
  const erased = { erasureDueDateTime: null, erasedDateTime: "2026-11-08T09:00:00Z" };
  assert.equal(hasData(succeededExport(erased), NOW), false);
});

test("a command that was under way when the page was loaded is known from the export", () => {
  assert.equal(pendingCommand(runningExport({ stage: "Canceling" }), NOW), "cancel");
  assert.equal(pendingCommand(succeededExport({ erasureDueDateTime: "2026-11-09T12:00:00Z" }), NOW), "erase");
  assert.equal(pendingCommand(runningExport(), NOW), null);
  assert.equal(pendingCommand(succeededExport(), NOW), null);
});
