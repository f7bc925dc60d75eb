// Writes the types of the API, src/api/schema.d.ts, from docs/openapi.json, so that tsc checks each call against it.

import { readFile, writeFile } from "node:fs/promises";
import openapiTypes, { astToString } from "openapi-typescript";

const document = JSON.parse(await readFile(new URL("../docs/openapi.json", import.meta.url), "utf8"));
const types = await openapiTypes(document, { alphabetize: true, defaultNonNullable: false });
await writeFile(new URL("src/api/schema.d.ts", import.meta.url), astToString(types));
