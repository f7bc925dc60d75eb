/** The application of MSAL, which does the sign-in. */

import { BrowserCacheLocation, type IPublicClientApplication, PublicClientApplication } from "@azure/msal-browser";
import { Unreachable } from "../api/failures";
import { ROOT } from "../shell/routes";
import { asHttps, discoveryAddress, isHttpOnLoopback } from "./authority";

/** What `/api/console/config.json` says. */
export interface Configuration {
  readonly clientId: string;
  readonly authority: string;
  readonly scope: string;
}

/**
 * The application of a configuration, ready for use. What it stores ends with the tab.
 *
 * @throws Unreachable if an identity on this machine does not answer.
 */
export async function applicationOf({ clientId, authority }: Configuration): Promise<IPublicClientApplication> {
  // MSAL takes no authority over HTTP, whose endpoints it finds by itself, but endpoints that it is given.
  const endpoints = isHttpOnLoopback(authority) ? { authorityMetadata: await textAt(discoveryAddress(authority)) } : {};
  const home = location.origin + ROOT;
  const application = new PublicClientApplication({
    auth: {
      clientId,
      authority: asHttps(authority),
      // So MSAL does not ask the public cloud whether it knows the host, which the security policy of the page forbids.
      knownAuthorities: [new URL(authority).host],
      redirectUri: home,
      postLogoutRedirectUri: home,
      ...endpoints,
    },
    cache: { cacheLocation: BrowserCacheLocation.SessionStorage },
  });
  await application.initialize();
  return application;
}

async function textAt(url: string): Promise<string> {
  try {
    return await (await fetch(url)).text();
  } catch (error) {
    if (error instanceof TypeError) throw new Unreachable(error.message);
    throw error;
  }
}
