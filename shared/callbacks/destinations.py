"""Where callbacks may go: the URLs and the addresses. Pure: no look-up, no connection."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from shared.callbacks.addresses import is_loopback, is_public
from shared.hosts import LOOPBACK_HOSTS, is_host_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MAX_URL = 4096
_HTTPS_PORT = "443"
# Our own grammar and no parser's leniency: what this does not match no client gets to interpret.
_URL = re.compile(
    r"(?P<scheme>https?)://(?P<host>[a-z0-9.-]+|\[::1\])(?::(?P<port>[0-9]{1,5}))?(?:[/?][a-z0-9._~:/?@!$&'()*+,;=%\[\]-]*)?",
    re.ASCII | re.IGNORECASE,
)


class NotAllowedError(OSError):
    """A callback may not go there; the message says why, without the URL.

    An OSError, because that is what aiohttp passes on from a resolver.
    """


class Destinations:
    """Where a deployment lets callbacks go."""

    def __init__(self, hosts: Sequence[str]) -> None:
        """Hosts in lower case, each with its subdomains; a loopback host is plain HTTP on any port. None: nowhere."""
        self._suffixes = tuple(host for host in hosts if host not in LOOPBACK_HOSTS)
        self._loopback = LOOPBACK_HOSTS & set(hosts)

    def check(self, url: str) -> None:
        """Passes a URL that callbacks may go to, as far as it says.

        Raises:
            NotAllowedError: for any other.
        """
        if not (self._suffixes or self._loopback):
            raise NotAllowedError("This deployment sends no callbacks: leave it out and follow the export's Location.")
        found = _URL.fullmatch(url) if len(url) <= MAX_URL else None
        if found is None:
            raise NotAllowedError(
                f"Takes an https URL of at most {MAX_URL} ASCII characters, without user name and fragment."
            )
        host = found["host"].lower().strip("[]")
        if host in self._loopback:
            return
        if found["scheme"].lower() != "https":
            raise NotAllowedError("Takes an https URL.")
        if found["port"] not in {None, _HTTPS_PORT}:
            raise NotAllowedError(f"Takes a URL on port {_HTTPS_PORT}.")
        if not is_host_name(host):
            raise NotAllowedError("Takes a URL with a full host name, not an address.")
        if not any(host == suffix or host.endswith(f".{suffix}") for suffix in self._suffixes):
            raise NotAllowedError("The host is none of those that this deployment's CALLBACK_ALLOWED_HOSTS allows.")

    def check_addresses(self, host: str, addresses: Iterable[str]) -> None:
        """Passes what the host resolves to, if every address is one that callbacks may go to.

        Raises:
            NotAllowedError: one of them is not, or there is none.
        """
        may_be = is_loopback if host.lower() in self._loopback else is_public
        given = list(addresses)
        if not given or not all(may_be(address) for address in given):
            raise NotAllowedError("The receiver's name leads to an address that callbacks may not go to.")
