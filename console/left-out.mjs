// Leaves out of the bundle what MSAL brings along and the console never runs: an eighth of its size. A module that is
// left out says so when something calls it, and the build fails if MSAL no longer has it.

import { readFileSync } from "node:fs";
import path from "node:path";

const LEFT_OUT = [
  // Tokens from the operating system, which allowPlatformBroker would switch on.
  "broker/nativeBroker/PlatformAuthDOMHandler",
  "broker/nativeBroker/PlatformAuthExtensionHandler",
  "interaction_client/PlatformAuthInteractionClient",
  // Sign-in in popups and hidden frames: the console goes to the sign-in page.
  "interaction_client/PopupClient",
  "interaction_client/SilentAuthCodeClient",
  "interaction_client/SilentIframeClient",
  // The cache is in the session storage.
  "cache/LocalStorage",
];
const FOLDER = "/@azure/msal-browser/dist/";

/** The plugin for esbuild. */
export const leaveOut = {
  name: "leave out",
  setup(build) {
    const met = new Set();
    build.onLoad({ filter: /\.mjs$/ }, ({ path: file }) => {
      const name = file
        .split(path.sep)
        .join("/")
        .split(FOLDER)[1]
        ?.replace(/\.mjs$/, "");
      if (!LEFT_OUT.includes(name)) return undefined;
      met.add(name);
      return { contents: exportsOf(readFileSync(file, "utf8")).map(stub).join("\n") };
    });
    build.onEnd(() => ({
      errors: LEFT_OUT.filter((name) => !met.has(name)).map((name) => ({ text: `MSAL has no module ${name}.` })),
    }));
  },
};

function exportsOf(source) {
  const lists = [...source.matchAll(/^export \{([^}]*)\}/gm)].map(([, list]) => list);
  return lists.flatMap((list) => list.split(",").map((name) => name.trim().split(" as ").at(-1)));
}

/** A function can be called as a function and as the constructor of a class. */
function stub(name) {
  return `export function ${name}() { throw new Error("${name} was left out of the console"); }`;
}
