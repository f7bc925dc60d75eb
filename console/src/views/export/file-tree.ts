/** The files of an export by folder, as far as they are loaded. */

import type { ManifestFile } from "../../api/types";

export interface Folder {
  readonly name: string;
  /** The names of its folder, of that one's and so on, outermost first. */
  readonly path: readonly string[];
  readonly folders: ReadonlyMap<string, Folder>;
  /** The files in it, but not those in its folders. */
  readonly files: readonly ManifestFile[];
  /** How many files are in it and in its folders. */
  readonly count: number;
  /** Their size, in bytes. */
  readonly bytes: number;
}

interface GrowingFolder extends Folder {
  readonly folders: Map<string, GrowingFolder>;
  readonly files: ManifestFile[];
  count: number;
  bytes: number;
}

/** A folder or a file: a line of what is shown. */
export type Entry = { readonly folder: Folder } | { readonly file: ManifestFile };

/** All files that are loaded. It grows, because copying 100,000 files for each page of 1,000 would be slow. */
export class FileTree {
  readonly root: Folder;
  readonly #root: GrowingFolder = emptyFolder("", []);
  readonly #files: ManifestFile[] = [];
  /** The names in lower case, in the order of the files: made when somebody first looks for one. */
  readonly #names: string[] = [];

  constructor() {
    this.root = this.#root;
  }

  get count(): number {
    return this.#files.length;
  }

  add(files: readonly ManifestFile[]): void {
    for (const file of files) {
      this.#files.push(file);
      let folder = this.#root;
      count(folder, file);
      for (const name of folderNames(file.name)) {
        folder = childOf(folder, name);
        count(folder, file);
      }
      folder.files.push(file);
    }
  }

  /** The folder at a path; the innermost one of it that exists. */
  at(path: readonly string[]): Folder {
    let folder: Folder = this.#root;
    for (const name of path) {
      const next = folder.folders.get(name);
      if (next === undefined) {
        return folder;
      }
      folder = next;
    }
    return folder;
  }

  /**
   * Whether files of a folder can be on the next page: the manifest is in the order of names, so what is loaded of all
   * folders but that of the last file is complete.
   */
  mayGrow(folder: Folder): boolean {
    const last = folderNames(this.#files.at(-1)?.name ?? "");
    return folder.path.every((name, depth) => last[depth] === name);
  }

  /** The files whose path has a text in it, in any case. */
  find(text: string): readonly ManifestFile[] {
    for (const { name } of this.#files.slice(this.#names.length)) {
      this.#names.push(name.toLowerCase());
    }
    const wanted = text.toLowerCase();
    return this.#files.filter((_, index) => this.#names[index]?.includes(wanted));
  }
}

/** What a folder shows: its folders, then its files, from one position to another. */
export function entriesOf(folder: Folder, start: number, end: number): readonly Entry[] {
  const folders = [...folder.folders.values()].slice(start, end).map((each) => ({ folder: each }));
  const before = folder.folders.size;
  const files = folder.files.slice(Math.max(0, start - before), Math.max(0, end - before));
  return [...folders, ...files.map((file) => ({ file }))];
}

/** The name of a file without its folders; a name that ends with a slash stays whole. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1) || path;
}

function folderNames(path: string): readonly string[] {
  return path.split("/").slice(0, -1);
}

function emptyFolder(name: string, path: readonly string[]): GrowingFolder {
  return { name, path, folders: new Map(), files: [], count: 0, bytes: 0 };
}

function childOf(folder: GrowingFolder, name: string): GrowingFolder {
  let child = folder.folders.get(name);
  if (child === undefined) {
    child = emptyFolder(name, [...folder.path, name]);
    folder.folders.set(name, child);
  }
  return child;
}

function count(folder: GrowingFolder, file: ManifestFile): void {
  folder.count += 1;
  folder.bytes += file.size;
}
