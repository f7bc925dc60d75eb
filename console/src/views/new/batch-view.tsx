/** What became of each line of a batch. */

import { Page } from "../../components/page";
import { useConsole } from "../../shell/context";

export function BatchView({ id }: { id: string }) {
  const { t } = useConsole();
  return <Page heading={t("new.heading")}>{id}</Page>;
}
