/** Who did something, as the audit trail names them. */

import type { Translator } from "../../languages/translator";
import { useConsole } from "../../shell/context";

export function Actor({ id }: { id: string }) {
  const { t, me } = useConsole();
  const text = actorText(t, id, me.id);
  return text === id ? <code>{id}</code> : text;
}

/** In words who has an id; the id itself where that is nobody that has words. */
export function actorText(t: Translator, actor: string, myId: string): string {
  if (actor === "monitor") {
    return t("detail.service");
  }
  if (actor === "functionKey") {
    return t("detail.functionKey");
  }
  return actor === myId ? t("detail.you") : actor;
}
