/** Requests exports of many people's data, from CSV. */

import { Page } from "../../components/page";
import { useConsole } from "../../shell/context";

export function NewManyView() {
  const { t } = useConsole();
  return <Page heading={t("new.heading")}>{null}</Page>;
}
