"""Which URLs, hosts and addresses callbacks may reach. Pure: no lookup, no connection."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

from shared.exports.exceptions import CallbackNotAllowedError
from shared.host_names import LOOPBACK_HOSTS, is_host_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Sources: IANA's registries of special-purpose addresses, as of 2025. Python's own `is_global` differs from one patch
# release to the next.
_NOT_PUBLIC_4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "169.254.0.0/16",  # instance metadata is there too
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",
        "168.63.129.16/32",  # Azure's own services, as every virtual machine sees them
    )
)
_GLOBAL_UNICAST_6 = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "3fff::/20"))
_IPV4_EMBEDDING = (IPv6Network("64:ff9b::/96"), IPv6Network("::ffff:0:0/96"))
"""IPv6 ranges whose addresses end with the IPv4 address that they lead to: NAT64, and IPv4-mapped."""
_6TO4 = IPv6Network("2002::/16")


def is_public(address: str) -> bool:
    """Whether an address is on the public internet. Where an IPv6 address leads to an IPv4 one, that one counts."""
    parsed = ip_address(address)
    if isinstance(parsed, IPv6Address):
        inner = _embedded_ipv4(parsed)
        if inner is None:
            return parsed in _GLOBAL_UNICAST_6 and not any(parsed in network for network in _NOT_PUBLIC_6)
        parsed = inner
    return not any(parsed in network for network in _NOT_PUBLIC_4)


def is_loopback(address: str) -> bool:
    """Whether an address is this machine's own."""
    return ip_address(address).is_loopback


def _embedded_ipv4(address: IPv6Address) -> IPv4Address | None:
    number = int(address)
    if address in _6TO4:
        return IPv4Address(number >> 80 & 0xFFFF_FFFF)
    return IPv4Address(number & 0xFFFF_FFFF) if any(address in network for network in _IPV4_EMBEDDING) else None


MAX_URL_LENGTH = 4096
_HTTPS_PORT = "443"
# A strict grammar of our own, because parsers are lenient in different ways: no client sees a URL that fails it.
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+|\[::1\])(?::(?P<port>[0-9]{1,5}))?(?:[/?][a-z0-9._~:/?@!$&'()*+,;=%\[\]-]*)?",
    re.ASCII | re.IGNORECASE,
)


class CallbackDestinations:
    """The URLs and addresses that a deployment allows callbacks to reach."""

    def __init__(self, hosts: Sequence[str]) -> None:
        """Hosts in lower case, each with its subdomains; none: nowhere. A loopback host may use HTTP and any port."""
        self._suffixes = tuple(host for host in hosts if host not in LOOPBACK_HOSTS)
        self._loopback = LOOPBACK_HOSTS & set(hosts)

    def check(self, url: str) -> str:
        """Passes a URL that callbacks may go to, as far as the URL alone can tell.

        Returns:
            The host of the settings that allows it: the URL's own, or one that the URL's is a subdomain of.

        Raises:
            CallbackNotAllowedError: for any other.
        """
        if not (self._suffixes or self._loopback):
            raise CallbackNotAllowedError(
                "This deployment sends no callbacks, as CALLBACK_ALLOWED_HOSTS is not set. Poll the export instead."
            )
        found = _URL.fullmatch(url) if len(url) <= MAX_URL_LENGTH else None
        if found is None:
            raise CallbackNotAllowedError(
                f"Takes an https URL of at most {MAX_URL_LENGTH} ASCII characters, without user name and fragment."
            )
        host = found["host"].lower().strip("[]")
        if host in self._loopback:
            return host
        if found["scheme"].lower() != "https":
            raise CallbackNotAllowedError("Takes an https URL.")
        if found["port"] not in {None, _HTTPS_PORT}:
            raise CallbackNotAllowedError(f"Takes a URL on port {_HTTPS_PORT}.")
        if not is_host_name(host):
            raise CallbackNotAllowedError("Takes a URL with a full host name, not an address.")
        for suffix in self._suffixes:
            if host == suffix or host.endswith(f".{suffix}"):
                return suffix
        raise CallbackNotAllowedError("The host is none of those that this deployment's CALLBACK_ALLOWED_HOSTS allows.")

    def check_addresses(self, host: str, addresses: Iterable[str]) -> None:
        """Passes the addresses of a host, if callbacks may go to every one of them.

        Raises:
            CallbackNotAllowedError: callbacks may not go to one of them, or there is none.
        """
        may_be = is_loopback if host.lower() in self._loopback else is_public
        given = list(addresses)
        if not given or not all(may_be(address) for address in given):
            raise CallbackNotAllowedError("The receiver's name leads to an address that callbacks may not go to.")
