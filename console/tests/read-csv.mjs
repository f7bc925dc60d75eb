// Reads CSV as the preview of the console does: a list of texts from standard input, in JSON, and as many results to
// standard output. tests/console/test_csv_preview.py compares them with what the API reads.

import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const { outputFiles } = await build({
  absWorkingDir: fileURLToPath(new URL("..", import.meta.url)),
  stdin: {
    contents: 'export * from "./csv-batch"; export * from "./request-faults";',
    resolveDir: fileURLToPath(new URL("../src/views/new", import.meta.url)),
  },
  bundle: true,
  write: false,
  format: "esm",
});
const source = Buffer.from(outputFiles[0].contents).toString("base64");
const { CsvFault, faultsOfLines, isRefused, readBatch } = await import(`data:text/javascript;base64,${source}`);

function read(csv) {
  try {
    const { lines } = readBatch(csv);
    const faults = faultsOfLines(lines);
    return lines.map(({ number, fields, unnamedColumn }) => ({
      fields,
      unnamedColumn,
      isRefused: (faults.get(number) ?? []).some(isRefused),
    }));
  } catch (error) {
    if (error instanceof CsvFault) {
      return error.reason;
    }
    throw error;
  }
}

process.stdout.write(JSON.stringify(JSON.parse(await text(process.stdin)).map(read)));
