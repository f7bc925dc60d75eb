/** The filters of the list in its URL, and what they ask the API for. */

import assert from "node:assert/strict";
import { test } from "node:test";
import {
  callOf,
  type ExportFilters,
  filtersOf,
  isByDeadline,
  personIn,
  queryOf,
  SHOWN,
} from "../src/views/exports/export-filters";

const ME = "5f9d8f3e-2c1b-4a0e-8d7c-6b5a4f3e2d1c";
const PERSON = "11f2c6a8-3b7d-4e52-9c04-8d1a6f0e5b23";
const NOW = Date.UTC(2026, 10, 26, 9);

function filters(query: string): ExportFilters {
  return filtersOf(new URLSearchParams(query));
}

test("a URL without a query shows what is open, by its deadline", () => {
  assert.deepEqual(filters(""), { shown: "open", search: "", isMine: false });
  assert.deepEqual(callOf(filters(""), ME, NOW), { unanswered: true, top: 50 });
  assert.ok(isByDeadline(filters("")));
});

test("whatever is chosen is the same again when its URL is read", () => {
  for (const shown of SHOWN) {
    for (const search of ["", "DSR 2026/41 & 42", PERSON]) {
      for (const isMine of [false, true]) {
        const chosen = { shown, search, isMine };
        assert.deepEqual(filters(queryOf(chosen)), chosen);
      }
    }
  }
});

test("what is shown by default has no query", () => {
  assert.equal(queryOf({ shown: "open", search: "", isMine: false }), "");
  assert.equal(queryOf({ shown: "all", search: "DSR-1", isMine: false }), "?search=DSR-1");
});

test("a query that is none counts as absent", () => {
  assert.deepEqual(filters("?show=everything&search=%20%20&code=x"), filters(""));
});

test("a search looks at all exports, unless some are chosen too", () => {
  assert.equal(filters("?search=DSR-1").shown, "all");
  assert.deepEqual(callOf(filters("?search=DSR-1"), ME, NOW), { reference: "DSR-1", top: 50 });
  assert.deepEqual(callOf(filters("?search=DSR-1&show=failed"), ME, NOW), {
    status: ["Failed"],
    reference: "DSR-1",
    top: 50,
  });
  assert.ok(!isByDeadline(filters("?search=DSR-1&show=open")), "the API sorts these by their age");
});

test("an object id is looked for as a person, in any case and in braces too", () => {
  for (const search of [PERSON, PERSON.toUpperCase(), `{${PERSON}}`, ` ${PERSON} `]) {
    assert.deepEqual(callOf(filters(`?search=${search}`), ME, NOW), { subjectId: PERSON, top: 50 });
  }
  for (const search of ["", "DSR-1", `${PERSON}0`, PERSON.slice(1), PERSON.replace("-", "")]) {
    assert.equal(personIn(search), null);
  }
});

test("what is overdue is asked for as of now", () => {
  const expected = { unanswered: true, dueBefore: "2026-11-26T09:00:00.000Z", top: 50 };
  assert.deepEqual(callOf(filters("?show=overdue"), ME, NOW), expected);
});

test("each choice is one call", () => {
  const calls = SHOWN.map((shown) => callOf({ shown, search: "", isMine: true }, ME, NOW));
  assert.equal(new Set(calls.map((call) => JSON.stringify(call))).size, SHOWN.length);
  assert.ok(calls.every((call) => call.requestedBy === ME));
});
