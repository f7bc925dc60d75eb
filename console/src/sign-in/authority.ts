/** The authority: the address of the tenant that people sign in to. */

const LOOPBACK_HOSTS = ["127.0.0.1", "localhost", "[::1]"];

/** Whether an authority is an identity on this machine, without a certificate: that of the local stack. */
export function isHttpOnLoopback(authority: string): boolean {
  const { protocol, hostname } = new URL(authority);
  return protocol === "http:" && LOOPBACK_HOSTS.includes(hostname);
}

/** Where the authority describes itself (OpenID Connect Discovery 1.0, section 4). */
export function discoveryAddress(authority: string): string {
  return `${authority.replace(/\/$/, "")}/v2.0/.well-known/openid-configuration`;
}
