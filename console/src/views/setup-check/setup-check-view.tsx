/** Whether this deployment can export. */

import { Page } from "../../components/page";
import { useConsole } from "../../shell/context";

export function SetupCheckView() {
  const { t } = useConsole();
  return <Page heading={t("setup.heading")}>{null}</Page>;
}
