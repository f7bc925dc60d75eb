/** Requests the export of one person's data. */

import { Page } from "../../components/page";
import { useConsole } from "../../shell/context";

export function NewView() {
  const { t } = useConsole();
  return <Page heading={t("new.heading")}>{null}</Page>;
}
