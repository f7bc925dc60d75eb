"""Which proxy a URL goes through: one rule for all clients, because each library has another one."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self
from urllib.parse import unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy that is reached over HTTP."""

    url: str
    """Its address, without credentials."""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What it is sent with each connection: the credentials, if there are any."""

    @classmethod
    def at(cls, address: str) -> Self:
        """The proxy at an address such as `http://user:password@proxy.contoso.com:8080`.

        Raises:
            ValueError: it is no such address. Not every client can use a proxy that is reached over TLS or SOCKS.
        """
        parts = urlsplit(address)
        if parts.scheme != "http" or not parts.hostname or parts.path not in {"", "/"} or parts.query or parts.fragment:
            raise ValueError("Not the address of an HTTP proxy.")
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
        url = f"http://{host}:{parts.port or _PORTS['http']}"
        if parts.username is None:
            return cls(url)
        credentials = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
        return cls(url, {"Proxy-Authorization": f"Basic {base64.b64encode(credentials).decode()}"})


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxies of a deployment, and what goes past them."""

    http: Proxy | None = None
    """For `http` URLs."""
    https: Proxy | None = None
    """For `https` URLs."""
    no_proxy: str = ""
    """Hosts that are connected to directly, separated by commas: names, each with its subdomains, and addresses, each
    with or without a port; or `*` for all."""

    def for_url(self, url: str) -> Proxy | None:
        """The proxy to connect to for a URL; None to connect to its host.

        Hosts are compared as Python's own `urllib.request.proxy_bypass` does, by which aiohttp and requests go too.
        """
        parts = urlsplit(url)
        proxy = self.https if parts.scheme == "https" else self.http
        if proxy is None:
            return None
        host = parts.hostname or ""
        return None if self._excepts(host, f"{host}:{parts.port or _PORTS.get(parts.scheme)}") else proxy

    def _excepts(self, *names: str) -> bool:
        if self.no_proxy.strip() == "*":
            return True
        excepted = [entry.strip().lower().lstrip(".") for entry in self.no_proxy.split(",")]
        return any(name == entry or name.endswith(f".{entry}") for entry in excepted if entry for name in names)
