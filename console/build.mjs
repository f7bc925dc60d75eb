// Builds the console: bundles src, gives each file a name with the hash of its bytes, compresses it, and writes all of it
// to shared/http/console_files. The same sources, packages and Node give the same bytes.
//
// What the app serves is in files.json. Two files beside it are for those who build: .packages.json names the packages
// that are in the bundle, for the bill of materials; set-up writes .built.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { licenceTexts, packagesIn } from "./packages.mjs";

const CONSOLE = path.dirname(fileURLToPath(import.meta.url));
const SOURCES = path.join(CONSOLE, "src");
const OUTPUT = path.join(CONSOLE, "..", "shared", "http", "console_files");
const ADDRESS = "/api/console/";
const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
  ".txt": "text/plain; charset=utf-8",
};
const ENCODINGS = {
  br: {
    suffix: ".br",
    compress: (bytes) =>
      brotliCompressSync(bytes, {
        params: {
          [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
          [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
          [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
        },
      }),
  },
  gzip: { suffix: ".gz", compress: (bytes) => gzipSync(bytes, { level: constants.Z_BEST_COMPRESSION }) },
};

/** The packages are in .local, which all work trees and `make clean` know; Node, tsc and editors look for them here. */
function linkPackages() {
  const link = path.join(CONSOLE, "node_modules");
  if (!existsSync(link)) {
    rmSync(link, { force: true }); // a link that leads nowhere
    symlinkSync(path.join("..", ".local", "console", "node_modules"), link);
  }
}

function sha256(bytes) {
  return createHash("sha256").update(bytes).digest("hex");
}

/** A file whose name changes with its bytes, so that browsers may keep it for ever. */
function asset(name, bytes) {
  const { name: stem, ext } = path.parse(name);
  return { path: `assets/${stem}-${sha256(bytes).slice(0, 16)}${ext}`, bytes };
}

function languageFiles() {
  const folder = path.join(SOURCES, "languages");
  const names = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return Object.fromEntries(
    names.sort().map((name) => {
      const texts = JSON.parse(readFileSync(path.join(folder, name), "utf8"));
      return [path.parse(name).name, asset(name, Buffer.from(JSON.stringify(texts)))];
    }),
  );
}

/** The script and the style sheet, and what esbuild says of their inputs. */
async function bundle(languages) {
  const { build } = await import("esbuild");
  const addresses = Object.entries(languages).map(([language, file]) => [language, ADDRESS + file.path]);
  const { outputFiles, metafile, warnings } = await build({
    absWorkingDir: CONSOLE,
    entryPoints: ["src/main.tsx", "src/styles/main.css"],
    entryNames: "[name]",
    outdir: OUTPUT,
    write: false,
    metafile: true,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    legalComments: "none", // the licences are in a file of their own, whole
    define: {
      LANGUAGE_FILES: JSON.stringify(Object.fromEntries(addresses)),
      "process.env.NODE_ENV": '"production"',
    },
    logLevel: "warning",
  });
  if (warnings.length > 0) {
    throw new Error("The bundler warns of the above, which would go out unnoticed.");
  }
  const files = Object.fromEntries(outputFiles.map((file) => [path.basename(file.path), file.text]));
  return { script: files["main.js"], styles: files["main.css"], metafile };
}

/** Put the address of each asset where the page names it: {main.js} is the address of the script. */
function page(assets) {
  const source = readFileSync(path.join(SOURCES, "index.html"), "utf8");
  const html = source.replace(/\{(\w+)(\.\w+)\}/g, (_, stem, ext) => {
    const found = assets.find((file) => file.path.startsWith(`assets/${stem}-`) && file.path.endsWith(ext));
    return ADDRESS + found.path;
  });
  return { path: "index.html", bytes: Buffer.from(html) };
}

/** Write a file, and its compressed forms where they are smaller. Return its line in the list, and its sizes. */
function write({ path: name, bytes }) {
  const target = path.join(OUTPUT, name);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, bytes);
  const sizes = { identity: bytes.length, br: bytes.length, gzip: bytes.length };
  const encodings = Object.entries(ENCODINGS).flatMap(([encoding, { suffix, compress }]) => {
    const compressed = compress(bytes);
    if (compressed.length >= bytes.length) {
      return [];
    }
    writeFileSync(target + suffix, compressed);
    sizes[encoding] = compressed.length;
    return [encoding];
  });
  return { entry: { path: name, type: TYPES[path.extname(name)], sha256: sha256(bytes), encodings }, sizes };
}

function writeJson(name, value) {
  writeFileSync(path.join(OUTPUT, name), `${JSON.stringify(value, null, 2)}\n`);
}

function report(written) {
  for (const { entry, sizes } of written) {
    console.log(`${String(sizes.br).padStart(8)} B  ${entry.path} (${sizes.identity} B, gzip ${sizes.gzip} B)`);
  }
  for (const encoding of Object.keys(ENCODINGS)) {
    const total = written.reduce((sum, { sizes }) => sum + sizes[encoding], 0);
    console.log(`${String(total).padStart(8)} B in all, ${encoding}`);
  }
}

async function main() {
  linkPackages();
  const languages = languageFiles();
  const { script, styles, metafile } = await bundle(languages);
  const packages = packagesIn(metafile, CONSOLE);
  const licences = asset("licences.txt", Buffer.from(licenceTexts(packages, CONSOLE)));
  const notice = `// The licences of the packages in this file: ${ADDRESS}${licences.path}\n`;
  const assets = [
    asset("main.js", Buffer.from(notice + script)),
    asset("main.css", Buffer.from(styles)),
    licences,
    ...Object.values(languages),
  ];
  rmSync(OUTPUT, { recursive: true, force: true });
  const written = [page(assets), ...assets].map(write);
  writeJson(".packages.json", packages);
  writeJson(
    "files.json",
    written.map(({ entry }) => entry),
  ); // last, so that without it the build is incomplete
  report(written);
}

await main();
