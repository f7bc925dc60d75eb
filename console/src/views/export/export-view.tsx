/** One export: how far it is, what to do, its files and its trail. */

import { Page } from "../../components/page";
import { useConsole } from "../../shell/context";

export function ExportView({ id }: { id: string }) {
  const { t } = useConsole();
  return <Page heading={t("detail.heading")}>{id}</Page>;
}
