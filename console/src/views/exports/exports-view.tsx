/** The exports, those that are open and due soonest first. */

import { Page } from "../../components/page";
import { useConsole } from "../../shell/context";

export function ExportsView({ query }: { query: URLSearchParams }) {
  const { t } = useConsole();
  return <Page heading={t("list.heading")}>{query.toString()}</Page>;
}
