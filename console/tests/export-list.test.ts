/** The pages of the list, and what it says of an export. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApiClient } from "../src/api/client";
import type { ExportPage } from "../src/api/types";
import { shareDone, shortId, warningsBeside } from "../src/views/exports/export-facts";
import { countOf, type ExportList, loadList, withMore, withPage } from "../src/views/exports/export-list";
import { runningExport, succeededExport } from "./sample-export";

const NOTHING: ExportList = { pages: [], nextLink: null, askedAt: 0 };
const SIGNAL = new AbortController().signal;

function page(ids: string, nextLink?: string): ExportPage {
  return { value: [...ids].map((id) => runningExport({ id })), ...(nextLink !== undefined && { nextLink }) };
}

function idsOf({ pages }: ExportList): string {
  return pages
    .flat()
    .map((each) => each.id)
    .join("");
}

/** An API with these pages, and the links that were followed. */
function apiWith(pages: Readonly<Record<string, ExportPage>>): { api: ApiClient; followed: string[] } {
  const followed: string[] = [];
  const answer = (link: string) => {
    followed.push(link);
    return Promise.resolve({ status: 200, body: pages[link], retryAfter: null });
  };
  return { api: { call: () => answer("first"), page: answer } as unknown as ApiClient, followed };
}

test("an export that comes again on a later page is there once", () => {
  const list = withPage(withPage(NOTHING, page("abc", "2")), page("cde"));
  assert.equal(idsOf(list), "abcde");
  assert.equal(countOf(list), 5);
  assert.equal(list.nextLink, null);
});

test("a page that was shown stays the same, so that it is not drawn again", () => {
  const first = withPage(NOTHING, page("abc", "2"));
  const second = withPage(first, page("de", "3"));
  assert.equal(second.pages[0], first.pages[0]);
  assert.equal(withPage(second, page("abc")).pages, second.pages, "nothing is added");
});

test("a list begins with a page, and no other is asked for", async () => {
  const { api, followed } = apiWith({ first: page("ab", "2") });
  const list = await loadList(api, {}, 5, 1, SIGNAL);
  assert.deepEqual([idsOf(list), list.askedAt, list.nextLink], ["ab", 5, "2"]);
  assert.deepEqual(followed, ["first"]);
});

test("pages without anything new are passed over", async () => {
  const { api, followed } = apiWith({ first: page("", "2"), 2: page("a", "3"), 3: page("a", "4"), 4: page("b", "5") });
  const list = await loadList(api, {}, 5, 1, SIGNAL);
  assert.equal(idsOf(list), "a");
  const longer = await withMore(api, list, 2, SIGNAL);
  assert.equal(idsOf(longer), "ab");
  assert.deepEqual(followed, ["first", "2", "3", "4"]);
});

test("a list that is loaded again is as long as before, or ends", async () => {
  const { api } = apiWith({ first: page("ab", "2"), 2: page("cd", "3"), 3: page("e") });
  assert.equal(idsOf(await loadList(api, {}, 5, 3, SIGNAL)), "abcd");
  assert.equal(idsOf(await loadList(api, {}, 5, 50, SIGNAL)), "abcde");
});

test("progress is a share of one, and a number above that is in percent", () => {
  const shares = [null, 0, 0.4, 1, 40, 100, 101, -1].map((progress) => shareDone(runningExport({ progress })));
  assert.deepEqual(shares, [null, 0, 0.4, 1, 0.4, 1, null, null]);
  assert.equal(shareDone(succeededExport({ progress: 1 })), null);
  assert.equal(shareDone(runningExport({ stage: "Checking", progress: 1 })), null);
});

test("warnings of the deadline are not counted, because the list shows it", () => {
  const warnings = ["DueSoon", "Overdue", "EmptyFiles"].map((code) => ({ code, message: "" }));
  assert.equal(warningsBeside(succeededExport({ warnings })), 1);
});

test("an id is known by its first block", () => {
  assert.equal(shortId("3938ca43-3d89-49a3-8801-44a063cb5e65"), "3938ca43…");
});
