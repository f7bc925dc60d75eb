/** Files by folder, as they are loaded. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { ManifestFile } from "../src/api/types";
import { baseName, type Entry, entriesOf, FileTree } from "../src/views/export/file-tree";

function files(...names: readonly string[]): readonly ManifestFile[] {
  return names.map((name, index) => ({
    number: index + 1,
    name,
    size: 10,
    md5: null,
    sha256: null,
    lastModifiedDateTime: "2026-11-03T10:00:00Z",
  }));
}

function treeOf(...names: readonly string[]): FileTree {
  const tree = new FileTree();
  tree.add(files(...names));
  return tree;
}

function names(entries: readonly Entry[]): readonly string[] {
  return entries.map((entry) => ("folder" in entry ? `${entry.folder.name}/` : entry.file.name));
}

test("a folder counts what is in its folders too", () => {
  const tree = treeOf("OneDrive/a.txt", "OneDrive/Docs/b.txt", "OneDrive/Docs/c.txt", "top.txt");
  const drive = tree.at(["OneDrive"]);
  assert.deepEqual([tree.root.count, drive.count, drive.bytes], [4, 3, 30]);
  assert.deepEqual(names(entriesOf(tree.root, 0, 100)), ["OneDrive/", "top.txt"]);
  assert.deepEqual(names(entriesOf(drive, 0, 100)), ["Docs/", "OneDrive/a.txt"]);
  assert.deepEqual(tree.at(["OneDrive", "Docs"]).path, ["OneDrive", "Docs"]);
});

test("pages are added one after the other", () => {
  const tree = treeOf("a/1");
  tree.add(files("a/2", "b/3"));
  assert.equal(tree.count, 3);
  assert.equal(tree.at(["a"]).count, 2);
});

test("a window shows some of the folders and files", () => {
  const tree = treeOf("a/1", "b/1", "c/1", "1", "2", "3");
  assert.deepEqual(names(entriesOf(tree.root, 0, 2)), ["a/", "b/"]);
  assert.deepEqual(names(entriesOf(tree.root, 2, 4)), ["c/", "1"]);
  assert.deepEqual(names(entriesOf(tree.root, 4, 8)), ["2", "3"]);
});

test("only the folders of the last file can grow", () => {
  const tree = treeOf("a/1", "b/c/1");
  const mayGrow = (...path: readonly string[]) => tree.mayGrow(tree.at(path));
  assert.deepEqual([mayGrow(), mayGrow("a"), mayGrow("b"), mayGrow("b", "c")], [true, false, true, true]);
});

test("names are found in any case, in folders too, also those that were loaded since", () => {
  const tree = treeOf("OneDrive/Report.docx", "Teams/chat.json");
  const found = (text: string) => tree.find(text).map(({ name }) => name);
  assert.deepEqual(found("REPORT"), ["OneDrive/Report.docx"]);
  tree.add(files("Teams/report.json"));
  assert.deepEqual(found("report"), ["OneDrive/Report.docx", "Teams/report.json"]);
  assert.deepEqual(found("onedrive/"), ["OneDrive/Report.docx"]);
  assert.deepEqual(found(".*"), []);
});

test("names that mean something to a program are names", () => {
  const tree = treeOf("__proto__/constructor", "a//b", "../../x", "/", "folder/");
  assert.deepEqual([...tree.root.folders.keys()], ["__proto__", "a", "..", "", "folder"]);
  assert.equal(tree.at(["__proto__"]).count, 1);
  assert.equal(tree.at(["a", ""]).count, 1);
  assert.deepEqual([baseName("a/b.txt"), baseName("b.txt"), baseName("folder/")], ["b.txt", "b.txt", "folder/"]);
});

test("a path that does not exist leads as far as it does", () => {
  assert.deepEqual(treeOf("a/b").at(["a", "x", "y"]).path, ["a"]);
});
