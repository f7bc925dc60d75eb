/** Which text explains a warning or an error. */

import type { MessageKey, Translator } from "../../languages/translator";

/** What only those who run the service can mend: the export account, the grant, the app's permissions. */
const FOR_OPERATORS =
  /^(Storage|Grant|Authorization|Authentication|KeyBased|SharedAccess|OperationUnreadable$|Forbidden$)/;
const SAME: Readonly<Record<string, string>> = { Request_ResourceNotFound: "ResourceNotFound" };

/** The key of the text for a code; the text for operators where the code is theirs to mend, and null for others. */
export function explanationKey(code: string, has: Translator["has"]): MessageKey | null {
  const own = `explain.${SAME[code] ?? code}`;
  if (has(own)) {
    return own;
  }
  return FOR_OPERATORS.test(code) ? "explain.operators" : null;
}
