/** Which view a URL shows. */

export const ROOT = "/api/console";

export type Route =
  | { readonly view: "exports"; readonly query: URLSearchParams }
  | { readonly view: "export"; readonly id: string }
  | { readonly view: "new" }
  | { readonly view: "new-many" }
  | { readonly view: "batch"; readonly id: string }
  | { readonly view: "setup-check" }
  | { readonly view: "unknown" };

/** The route of a URL of this console. */
export function routeOf(url: URL): Route {
  const [first, second, ...rest] = url.pathname.slice(ROOT.length).split("/").filter(Boolean);
  if (rest.length > 0) return { view: "unknown" };
  if (first === undefined) return { view: "exports", query: url.searchParams };
  if (first === "exports" && second !== undefined) return { view: "export", id: decoded(second) };
  if (first === "batches" && second !== undefined) return { view: "batch", id: decoded(second) };
  if (first === "new" && second === undefined) return { view: "new" };
  if (first === "new" && second === "many") return { view: "new-many" };
  if (first === "setup-check" && second === undefined) return { view: "setup-check" };
  return { view: "unknown" };
}

/** The path of a view, with filters where it has any. */
export function pathTo(...parts: string[]): string {
  return [ROOT, ...parts.map(encodeURIComponent)].join("/");
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // no such thing exists then, and the API says so
  }
}
