"""Sends callbacks: one POST to one URL, checked down to the address that it connects to, if no proxy does that."""

from __future__ import annotations

import asyncio
import socket
from http import HTTPStatus
from typing import TYPE_CHECKING

from aiohttp import ClientConnectorDNSError, ClientError, ClientSession, ClientTimeout, DummyCookieJar, TCPConnector
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

from shared.callbacks.callback_message import callback_body, signature_headers
from shared.exports.callback_results import CallbackResult, Delivered, Gone, NotDelivered
from shared.exports.exceptions import CallbackNotAllowedError
from shared.exports.subscription import signing_key
from shared.telemetry.spans import http_call
from shared.telemetry.telemetry_names import Metric

if TYPE_CHECKING:
    from datetime import datetime

    from shared.callbacks.callback_destinations import CallbackDestinations
    from shared.exports.export import Delivery, Export
    from shared.protocols import CallbackReceiver
    from shared.proxies import Proxies, Proxy

TIMEOUT_SECONDS = 10.0
"""How long a receiver may take, from the lookup of its name to the status of its answer."""
_TEMPLATE = "/{callback}"
# Logic Apps and Power Automate read this as JSON, and application/cloudevents+json as bytes.
_REQUEST_HEADERS = {"Content-Type": "application/json; charset=utf-8", "User-Agent": "personal-data-export"}


class HttpCallbackSender:
    """Sends callbacks over HTTP, to where the deployment allows (`protocols.CallbackSender`)."""

    def __init__(
        self,
        destinations: CallbackDestinations,
        key: bytes,
        base_url: str | None,
        proxies: Proxies,
        resolver: AbstractResolver | None = None,
    ) -> None:
        """A sender for one deployment.

        Args:
            destinations: where callbacks may go.
            key: the key that signs for receivers without one of their own.
            base_url: the address of the API; None where it is not known.
            proxies: the proxies of the deployment.
            resolver: looks up host names; the system's own by default.
        """
        self._destinations = destinations
        self._key = key
        self._base_url = base_url
        self._proxies = proxies
        self._resolver = resolver

    def check(self, url: str) -> None:
        """As `CallbackSender.check`."""
        self._destinations.check(url)

    async def send(
        self, export: Export, delivery: Delivery, receiver: CallbackReceiver, now: datetime
    ) -> CallbackResult:
        """As `CallbackSender.send`."""
        try:
            allowed = self._destinations.check(receiver.url)
        except CallbackNotAllowedError as error:
            return NotDelivered(str(error))
        body = callback_body(export, delivery, self._base_url)
        key = self._key if receiver.signing_secret is None else signing_key(receiver.signing_secret)
        headers = _REQUEST_HEADERS | signature_headers(key, delivery.id, now, body)
        proxy = self._proxies.for_url(receiver.url)
        try:
            with http_call(Metric.CALLBACK_ANSWERS, "POST", _recorded_url(receiver.url, allowed), _TEMPLATE) as call:
                async with asyncio.timeout(TIMEOUT_SECONDS):
                    status = await self._post(receiver.url, body, headers, proxy)
                call.answered(status)
                return _result_of_status(status)
        except TimeoutError:
            return NotDelivered(f"The receiver did not answer within {TIMEOUT_SECONDS:.0f} s.")
        except ClientConnectorDNSError as error:
            if isinstance(error.os_error, CallbackNotAllowedError):
                return NotDelivered(str(error.os_error))
            return NotDelivered(f"The {'receiver' if proxy is None else 'proxy'}'s name can't be resolved.")
        except (ClientError, OSError, ValueError) as error:
            # The text of such an error can contain parts of the URL.
            return NotDelivered(f"The receiver can't be reached ({type(error).__name__}).")

    async def _post(self, url: str, body: bytes, headers: dict[str, str], proxy: Proxy | None) -> int:
        """The status of the answer, whose body is not read.

        It connects to what the resolver returned: there is no second lookup and no redirect. With a proxy only the
        proxy's own name is looked up, and the proxy connects to the receiver by name.
        """
        names = self._resolver or ThreadedResolver()
        resolver = _CheckedResolver(names, self._destinations) if proxy is None else names
        connector = TCPConnector(resolver=resolver, use_dns_cache=False, force_close=True)
        async with (
            ClientSession(
                connector=connector,
                cookie_jar=DummyCookieJar(),
                timeout=ClientTimeout(total=None),  # `send` limits the whole
                auto_decompress=False,
                trust_env=False,
            ) as session,
            # Encoded as it was given, because encoding it again would break a signature in it.
            session.post(
                URL(url, encoded=True),
                data=body,
                headers=headers,
                allow_redirects=False,
                proxy=proxy.url if proxy else None,
                proxy_headers=proxy.headers if proxy else None,
            ) as response,
        ):
            return response.status


class _CheckedResolver(AbstractResolver):
    """Looks up a name, and returns its addresses only if callbacks may go to every one of them."""

    def __init__(self, inner: AbstractResolver, destinations: CallbackDestinations) -> None:
        self._inner = inner
        self._destinations = destinations

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._inner.resolve(host, port, family)
        self._destinations.check_addresses(host, [result["host"] for result in found])
        return found

    async def close(self) -> None:
        """Leaves the inner resolver to its owner."""


def _recorded_url(url: str, allowed: str) -> str:
    """The URL with the allowed host in place of its own, which can contain the id of a tenant or a name."""
    target = URL(url, encoded=True)
    return str(URL.build(scheme=target.scheme, host=allowed, port=target.explicit_port))


def _result_of_status(status: int) -> CallbackResult:
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        return Delivered()
    if status == HTTPStatus.GONE:
        return Gone("The receiver answered 410.")
    return NotDelivered(f"The receiver answered {status}.")
