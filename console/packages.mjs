// Finds which packages are in the bundle, for the licences that go with it and for the bill of materials.

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const FOLDER = /^.*\/node_modules\/(?<name>(?:@[^/]+\/)?[^/]+)\//;

/**
 * The packages that have code in the bundle, in the order of their names.
 *
 * `integrity` is the hash of what the registry has, as package-lock.json pins it. `needs` names those of them that a
 * package depends on; `isDirect` is whether the console itself names it.
 */
export function packagesIn(metafile, root) {
  const locked = readJson(path.join(root, "package-lock.json")).packages;
  const direct = readJson(path.join(root, "package.json")).dependencies;
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const used = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  const names = [...new Set(used.flatMap(([input]) => `/${input}`.match(FOLDER)?.groups.name ?? []))].sort();
  return names.map((name) => {
    const { version, license, integrity, dependencies = {} } = locked[`node_modules/${name}`];
    const needs = Object.keys(dependencies).filter((needed) => names.includes(needed));
    return { name, version, license, integrity, isDirect: name in direct, needs };
  });
}

/** The licence of each package, word for word, as the licences ask for. */
export function licenceTexts(packages, root) {
  const texts = packages.map(({ name, version }) => {
    const folder = path.join(root, "node_modules", name);
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    if (file === undefined) {
      throw new Error(`${name} has no licence text, which has to go with it.`);
    }
    const text = readFileSync(path.join(folder, file), "utf8").replaceAll("\r\n", "\n").trim();
    return `${name} ${version}\n\n${text}\n`;
  });
  return ["The console has these packages in it.\n", ...texts].join(`\n${"-".repeat(80)}\n\n`);
}

function readJson(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}
