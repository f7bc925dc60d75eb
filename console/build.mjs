// Builds the console: bundles console/src, gives each file a name with the hash of its bytes, compresses it, and writes
// everything to shared/http/console_files with a list of the files. The same sources give the same bytes.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const CONSOLE = path.dirname(fileURLToPath(import.meta.url));
const ROOT = path.dirname(CONSOLE);
const SOURCES = path.join(CONSOLE, "src");
const OUTPUT = path.join(ROOT, "shared", "http", "console_files");
const ADDRESS = "/api/console/";
const TYPES = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json",
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

/** The packages are installed in .local, which make clean removes; tools and editors look for them here. */
function linkPackages() {
  const link = path.join(CONSOLE, "node_modules");
  if (!existsSync(link)) {
    rmSync(link, { force: true });
    symlinkSync(path.join("..", ".local", "console", "node_modules"), link);
  }
}

function asset(name, bytes) {
  const { name: stem, ext } = path.parse(name);
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 16);
  return { path: `assets/${stem}-${hash}${ext}`, bytes };
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

async function bundle(languages) {
  const { build } = await import("esbuild");
  const addresses = Object.entries(languages).map(([language, file]) => [language, ADDRESS + file.path]);
  const { outputFiles } = await build({
    absWorkingDir: CONSOLE,
    entryPoints: ["src/main.tsx", "src/styles/main.css"],
    entryNames: "[name]",
    outdir: OUTPUT,
    write: false,
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    charset: "utf8",
    legalComments: "none",
    define: {
      LANGUAGE_FILES: JSON.stringify(Object.fromEntries(addresses)),
      "process.env.NODE_ENV": '"production"',
    },
    logLevel: "warning",
  });
  return outputFiles.map((file) => asset(path.basename(file.path), Buffer.from(file.contents)));
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

/** Write a file and its compressed forms where they are smaller. Return its line in the list, and its smallest size. */
function write({ path: name, bytes }) {
  const target = path.join(OUTPUT, name);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, bytes);
  const sizes = { identity: bytes.length };
  for (const [encoding, { suffix, compress }] of Object.entries(ENCODINGS)) {
    const compressed = compress(bytes);
    if (compressed.length < bytes.length) {
      writeFileSync(target + suffix, compressed);
      sizes[encoding] = compressed.length;
    }
  }
  const { identity, ...encoded } = sizes;
  return {
    entry: {
      path: name,
      type: TYPES[path.extname(name)],
      sha256: createHash("sha256").update(bytes).digest("hex"),
      encodings: Object.keys(encoded),
    },
    sizes: { identity, gzip: encoded.gzip ?? identity, br: encoded.br ?? identity },
  };
}

linkPackages();
const languages = languageFiles();
const assets = [...Object.values(languages), ...(await bundle(languages))];
rmSync(OUTPUT, { recursive: true, force: true });
const written = [page(assets), ...assets].map(write);
writeFileSync(
  path.join(OUTPUT, "files.json"),
  `${JSON.stringify(
    written.map((file) => file.entry),
    null,
    2,
  )}\n`,
);
for (const { entry, sizes } of written) {
  console.log(`${String(sizes.br).padStart(8)} B  ${entry.path} (${sizes.identity} B, gzip ${sizes.gzip} B)`);
}
for (const encoding of ["br", "gzip"]) {
  const total = written.reduce((sum, { sizes }) => sum + sizes[encoding], 0);
  console.log(`${String(total).padStart(8)} B in all, ${encoding}`);
}
