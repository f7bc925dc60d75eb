/** What is wrong with a request before it is sent. tests/console/test_csv_preview.py compares it with the API. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Fields, readBatch } from "../src/views/new/csv-batch";
import { faultsOf, faultsOfLines, isRefused, timeOf } from "../src/views/new/request-faults";

const ID = "0b0f2a34-9f3f-4d0f-8a6b-54a4c1b6f001";
const GOOD = { type: "user", id: ID };

function reasonsOf(fields: Fields): readonly string[] {
  return faultsOf(fields).map(({ field, reason }) => `${field} ${reason}`);
}

test("a person is an object id, or a user's principal name", () => {
  for (const id of [ID, ID.toUpperCase(), "anna@contoso.com", "$anna.o'hara@contoso.co.uk", `\u200b ${ID}\u2069`]) {
    assert.deepEqual(reasonsOf({ type: "user", id }), []);
  }
  assert.deepEqual(reasonsOf({ type: "inboundSharedUserProfile", id: ID }), []);
  assert.deepEqual(reasonsOf({ type: "inboundSharedUserProfile", id: "anna@contoso.com" }), ["id id"]);
  for (const id of ["anna", "anna@contoso", `{${ID}}`, "müller@contoso.com", `a@${"b.".repeat(130)}c`]) {
    assert.deepEqual(reasonsOf({ type: "user", id }), ["id id"]);
  }
});

test("what is missing, and what takes certain values only, is said of each field", () => {
  assert.deepEqual(reasonsOf({}), ["type missing", "id missing"]);
  assert.deepEqual(faultsOf({ type: "group", id: "x", allowDuplicate: "yes" }), [
    { field: "type", reason: "values", where: "user, inboundSharedUserProfile" },
    { field: "allowDuplicate", reason: "values", where: "true, false" },
  ]);
});

test("a reference has up to 128 printable characters", () => {
  assert.deepEqual(reasonsOf({ ...GOOD, reference: `DSR 2026 ${"😀".repeat(119)}` }), []);
  for (const reference of ["x".repeat(129), "a\nb", "a\u200bb", "a\u00a0b"]) {
    assert.deepEqual(reasonsOf({ ...GOOD, reference }), ["reference reference"]);
  }
});

test("a time has a zone, and exists", () => {
  for (const [text, time] of [
    ["2026-12-01T09:00:00Z", "2026-12-01T09:00:00.000Z"],
    ["2026-12-01 10:00+01", "2026-12-01T09:00:00.000Z"],
    ["2024-02-29t23:59:59.5-0130", "2024-03-01T01:29:59.500Z"],
  ] as const) {
    assert.equal(new Date(timeOf(text) ?? Number.NaN).toISOString(), time);
  }
  for (const text of ["2026-12-01", "2026-12-01T09:00", "46357", "01.12.2026 09:00", "2026-02-29T09:00Z"]) {
    assert.equal(timeOf(text), null, text);
  }
});

test("a deadline is a time of this age, after the receipt", () => {
  const received = "2026-12-01T09:00:00Z";
  assert.deepEqual(reasonsOf({ ...GOOD, receivedDateTime: received, dueDateTime: "2026-12-01T10:00:01+01:00" }), []);
  assert.deepEqual(reasonsOf({ ...GOOD, receivedDateTime: received, dueDateTime: "2026-12-01T10:00:00+01:00" }), [
    "dueDateTime due",
  ]);
  assert.deepEqual(reasonsOf({ ...GOOD, receivedDateTime: "soon", dueDateTime: "2200-01-01T00:00:00Z" }), [
    "receivedDateTime time",
    "dueDateTime years",
  ]);
});

test("a person who is there twice is said at the second line, unless that is wanted", () => {
  const { lines } = readBatch(
    `type,id,allowDuplicate,\nuser,${ID},,\nuser,${ID.toUpperCase()},,\nuser,${ID},true,\nuser,x,,y\n`,
  );
  const faults = faultsOfLines(lines);
  assert.deepEqual(faults.get(2), [{ field: "id", reason: "repeated", where: 1 }]);
  assert.deepEqual(faults.get(4)?.[1], { field: null, reason: "unnamed", where: 4 });
  assert.deepEqual([...faults.keys()], [2, 4]);
  assert.deepEqual(
    [...faults.values()].map((each) => each.some(isRefused)),
    [false, true],
  );
});
