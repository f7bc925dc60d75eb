// Runs the unit tests, tests/*.test.ts, in Node: bundles each, because Node 20 runs no TypeScript. Further arguments go
// to `node --test`.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const CONSOLE = path.dirname(fileURLToPath(import.meta.url));
const tests = readdirSync(path.join(CONSOLE, "tests")).filter((name) => name.endsWith(".test.ts"));
const folder = mkdtempSync(path.join(tmpdir(), "console-tests-"));
try {
  await build({
    absWorkingDir: CONSOLE,
    entryPoints: tests.map((name) => path.join("tests", name)),
    outdir: folder,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    sourcemap: "inline",
    logLevel: "warning",
  });
  const bundled = tests.map((name) => path.join(folder, name.replace(/\.ts$/, ".mjs")));
  const options = ["--enable-source-maps", "--test", ...process.argv.slice(2)];
  process.exitCode =
    spawnSync(process.execPath, [...options, ...bundled], { cwd: CONSOLE, stdio: "inherit" }).status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
