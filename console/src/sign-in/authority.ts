/** The authority: the address of the tenant that people sign in to. */

const LOOPBACK_HOSTS = ["127.0.0.1", "localhost", "[::1]"];

/** The issuer of the tokens of an authority, at which its description is found too (OpenID Connect Discovery 1.0). */
export function issuerOf(authority: string): URL {
  return new URL(`${authority.replace(/\/$/, "")}/v2.0`);
}

/** Whether an authority is an identity on this machine, without a certificate: that of the local stack. */
export function isHttpOnLoopback(authority: string): boolean {
  const { protocol, hostname } = new URL(authority);
  return protocol === "http:" && LOOPBACK_HOSTS.includes(hostname);
}
