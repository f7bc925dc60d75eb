/** How long links to a package last. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { LIFETIMES, lifetimeText } from "../src/views/export/actions/package-links";

test("lifetimes are said in minutes and hours, in the reader's language", () => {
  assert.deepEqual(
    LIFETIMES.map((minutes) => lifetimeText("en", minutes)),
    ["15 minutes", "1 hour", "4 hours", "24 hours"],
  );
  assert.equal(lifetimeText("de", 60), "1 Stunde");
});
