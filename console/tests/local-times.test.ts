/** Times in forms: in the reader's zone. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { inputOf, timeOfInput } from "../src/languages/local-times";

process.env["TZ"] = "Europe/Berlin";

test("a field shows the reader's time, in summer and in winter", () => {
  assert.equal(inputOf(Date.parse("2026-07-01T09:00:59Z")), "2026-07-01T11:00");
  assert.equal(inputOf(Date.parse("2026-12-31T23:30:00Z")), "2027-01-01T00:30");
});

test("what a field shows is read as the same time", () => {
  for (const time of ["2026-03-29T00:59Z", "2026-03-29T01:00Z", "2026-10-25T00:59Z", "2026-10-25T02:00Z"]) {
    assert.equal(timeOfInput(inputOf(Date.parse(time))), Date.parse(time), time);
  }
});

test("an hour that is skipped is read as the one after it, and one that comes twice as the first", () => {
  assert.equal(timeOfInput("2026-03-29T02:30"), Date.parse("2026-03-29T01:30Z"));
  assert.equal(timeOfInput("2026-10-25T02:30"), Date.parse("2026-10-25T00:30Z"));
});

test("an empty field has no time", () => {
  assert.equal(timeOfInput(""), null);
});
