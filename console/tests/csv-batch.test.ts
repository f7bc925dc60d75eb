/** CSV as the preview reads it. tests/console/test_csv_preview.py compares it with what the API reads. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { CsvFault, readBatch, textOf } from "../src/views/new/csv-batch";
import { recordsOf, recordText } from "../src/views/new/csv-records";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function faultOf(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof CsvFault);
    return `${error.reason} ${error.where}`.trim();
  }
  assert.fail("nothing was wrong");
}

test("a line has the values of its columns, and its number among the lines with a value", () => {
  const { lines, separator, header } = readBatch("\ufeffsep=;\nID; Type ;reference\n;;\nx;USER;\n;;\ny;Group;a, b\n");
  assert.equal(separator, ";");
  assert.deepEqual(header, ["ID", "Type", "reference"]);
  assert.deepEqual(
    lines.map(({ number, fields, cells }) => [number, fields, cells]),
    [
      [1, { id: "x", type: "user" }, ["x", "USER", ""]],
      [2, { id: "y", type: "Group", reference: "a, b" }, ["y", "Group", "a, b"]],
    ],
  );
});

test("a value in a column without a name is known by its column", () => {
  assert.deepEqual(
    readBatch("type,id,,\nuser,x,,\nuser,x,,y\n").lines.map(({ unnamedColumn }) => unnamedColumn),
    [null, 4],
  );
});

test("what the API would refuse as a whole is said with its place", () => {
  const lines = (count: number): string => `type,id\n${"user,x\n".repeat(count)}`;
  assert.equal(readBatch(lines(1000)).lines.length, 1000);
  const faults: readonly (readonly [string, string])[] = [
    [lines(1001), "limits"],
    [`type,id\nuser,x\n${"\n".repeat(9999)}`, "limits"],
    [`type,id,reference\nuser,x,${"é".repeat(524_288)}\n`, "limits"],
    ["type,id\n\n", "empty"],
    ["user,x\n", "header"],
    ["type,id,callbackUrl\n", "column 3"],
    ["type,id,ID\n", "twice id"],
    ['type,id\n\nuser,"x"y\n', "record 3"],
    ['type,id\nuser,"x\n', "record 2"],
  ];
  for (const [text, fault] of faults) {
    assert.equal(
      faultOf(() => readBatch(text)),
      fault,
    );
  }
});

test("a file is text in UTF-8, with or without a byte order mark", () => {
  assert.equal(textOf(bytes("\ufefftype,id\r\nuser,ä\r")), "type,id\nuser,ä\n");
  for (const file of [[0x74, 0x00], [0x50, 0x4b, 0x03, 0x04, 0x14, 0x00], [0xd0, 0xcf, 0x11, 0xe0], [0xe4]]) {
    assert.equal(
      faultOf(() => textOf(new Uint8Array(file))),
      "encoding",
    );
  }
});

test("a record that is written is read as the same", () => {
  const cells = ["a", "", 'he said "no"', "a, b; c\td", "one\ntwo", " blank ", "'"];
  for (const separator of [",", ";", "\t"]) {
    assert.deepEqual([...recordsOf(`${recordText(cells, separator)}\r\n`, separator)], [cells]);
  }
});
