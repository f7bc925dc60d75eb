/** Who did something, as the audit trail names them. */

import type { Translator } from "../../languages/translator";

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
