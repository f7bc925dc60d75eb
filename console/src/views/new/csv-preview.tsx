/** What a CSV text asks for, line by line, before it is sent. */

import { useState } from "preact/hooks";
import { useConsole } from "../../shell/context";
import { Choices } from "./choices";
import type { Line } from "./csv-batch";
import { Faults } from "./faults";
import { LinesTable } from "./lines-table";
import type { Fault } from "./request-faults";

interface CsvPreviewProps {
  lines: readonly Line[];
  /** The faults of lines, by their numbers. */
  faults: ReadonlyMap<number, readonly Fault[]>;
  /** How many lines will be refused. */
  refused: number;
}

export function CsvPreview({ lines, faults, refused }: CsvPreviewProps) {
  const { t } = useConsole();
  const [isFaultyOnly, setFaultyOnly] = useState(false);
  const rows = lines
    .filter(({ number }) => !isFaultyOnly || faults.has(number))
    .map(({ number, fields }) => {
      const found = faults.get(number);
      return { number, fields, result: found ? <Faults faults={found} /> : "✓" };
    });
  return (
    <section>
      <h2>{t("new.preview")}</h2>
      {refused > 0 && (
        <div class="notice notice-warning" role="status">
          <p>{t("new.willRefuse", { count: refused })}</p>
        </div>
      )}
      {faults.size > 0 && (
        <Choices
          label={t("new.preview")}
          options={[
            ["", `${t("list.all")} (${t.number(lines.length)})`],
            ["faulty", t("new.faulty", { count: faults.size })],
          ]}
          chosen={isFaultyOnly ? "faulty" : ""}
          choose={(value) => setFaultyOnly(value !== "")}
        />
      )}
      <LinesTable key={String(isFaultyOnly)} caption={t("new.preview")} rows={rows} />
    </section>
  );
}
