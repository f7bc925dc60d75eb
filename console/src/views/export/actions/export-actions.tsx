/** What one can do with an export, as its state and one's roles allow. */

import type { Export } from "../../../api/types";
import { useConsole } from "../../../shell/context";

interface ExportActionsProps {
  exported: Export;
  /** Called with the export as a call has returned it. */
  changed: (exported: Export) => void;
}

export function ExportActions({ exported }: ExportActionsProps) {
  const { t } = useConsole();
  return <section aria-label={t("actions.heading")}>{exported.status}</section>;
}
