/** What a CSV text asks for, line by line, before it is sent. */

import { useMemo, useState } from "preact/hooks";
import { useConsole } from "../../shell/context";
import { Choices } from "./choices";
import type { CsvBatch } from "./csv-batch";
import { Faults } from "./faults";
import { LinesTable } from "./lines-table";
import { faultsOfLines, isRefused } from "./request-faults";

export function CsvPreview({ batch: { lines } }: { batch: CsvBatch }) {
  const { t } = useConsole();
  const [isFaultyOnly, setFaultyOnly] = useState(false);
  const faults = useMemo(() => faultsOfLines(lines), [lines]);
  const refused = [...faults.values()].filter((each) => each.some(isRefused)).length;
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
        <p class="notice notice-warning" role="status">
          {t("new.willRefuse", { count: refused })}
        </p>
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
