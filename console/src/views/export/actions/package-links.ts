/** Links to a package. Each is a secret: whoever has it can read the data until it expires. */

import type { ApiClient } from "../../../api/client";
import type { ExportPackage } from "../../../api/types";

/** How long links may last, in minutes; the API takes 15 to 1,440. */
export const LIFETIMES = [15, 60, 240, 1440] as const;

export interface PackageLinks {
  readonly expiresDateTime: string;
  readonly value: readonly { readonly name: string; readonly url: string }[];
}

/**
 * Links to each zip of a package. The audit trail records them.
 *
 * @throws ApiFailure or Unreachable.
 */
export async function packageLinks(api: ApiClient, made: ExportPackage, minutes: number): Promise<PackageLinks> {
  const body = { package: made.language as "en", expiresInMinutes: minutes };
  const answer = await api.call("post", "/exports/{id}/links", { path: { id: made.exportId }, body });
  return answer.body;
}

/** A lifetime in words, such as `15 minutes` or `4 hours`. */
export function lifetimeText(locale: string, minutes: number): string {
  const unit = minutes < 60 ? "minute" : "hour";
  const value = minutes < 60 ? minutes : minutes / 60;
  return new Intl.NumberFormat(locale, { style: "unit", unit, unitDisplay: "long" }).format(value);
}
