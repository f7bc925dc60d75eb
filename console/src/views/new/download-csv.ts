/** Files that the console itself makes. */

import { recordText } from "./csv-records";

/** Has the browser save records as a CSV file, as Excel opens it. */
export function downloadCsv(name: string, records: readonly (readonly string[])[], separator: string): void {
  const text = records.map((cells) => `${recordText(cells, separator)}\r\n`).join("");
  // Excel takes a file without a byte order mark for one in the encoding of the system.
  const url = URL.createObjectURL(new Blob(["\ufeff", text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/** The separator that spreadsheets use here: the comma, unless it is the decimal sign. */
export function localSeparator(): string {
  return (0.5).toLocaleString().includes(",") ? ";" : ",";
}
