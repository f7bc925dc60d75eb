"""Sends one request of the Graph SDK and classifies what came back, as plain values.

The SDK's own client would lose or leak an export (docs/architecture.md, "Graph"). This one retries nothing and follows
no redirect, because a submission is not idempotent and its body holds the grant. It sends the token to Graph's own host
only, keeps the headers of answers, and raises no error that carries the request.
"""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
from azure.core.exceptions import AzureError
from kiota_abstractions import request_information
from kiota_abstractions.method import Method
from kiota_abstractions.serialization import ParseNodeFactoryRegistry, SerializationWriterFactoryRegistry
from kiota_authentication_azure import azure_identity_access_token_provider
from kiota_authentication_azure.azure_identity_authentication_provider import AzureIdentityAuthenticationProvider
from kiota_http import httpx_request_adapter
from kiota_http.middleware import middleware
from kiota_http.middleware.user_agent_handler import UserAgentHandler
from kiota_http.observability_options import ObservabilityOptions
from kiota_serialization_json.json_parse_node_factory import JsonParseNodeFactory
from kiota_serialization_json.json_serialization_writer_factory import JsonSerializationWriterFactory
from msgraph._version import VERSION
from msgraph.graph_request_adapter import GraphRequestAdapter
from msgraph_core import APIVersion, GraphClientFactory
from msgraph_core.middleware import GraphTelemetryHandler
from msgraph_core.middleware.options import GraphTelemetryHandlerOption
from opentelemetry.trace import INVALID_SPAN, NoOpTracer

from shared.exports.graph_results import NotDone, Refused, Unclear
from shared.graph.retry_after import read_retry_after
from shared.redaction import redact
from shared.telemetry.spans import http_call
from shared.telemetry.telemetry_names import Metric

if TYPE_CHECKING:
    from datetime import timedelta

    from azure.core.credentials_async import AsyncTokenCredential
    from kiota_abstractions.request_information import RequestInformation

    from shared.national_clouds import Cloud
    from shared.proxies import Proxies

_log = logging.getLogger(__name__)
_JSON = "application/json"
_JWT_DOTS = 2


class GraphCallError(Exception):
    """A call of Graph broke in a way that nobody expects. It has the kind and the place of what broke, and no secret.

    Args:
        kind: the type of the error.
    """

    def __init__(self, kind: str) -> None:
        super().__init__(f"The call of Graph broke ({kind}).")


@dataclass(frozen=True, slots=True)
class Reply:
    """A successful answer: its headers, and the JSON of its body (None where it has none)."""

    headers: httpx.Headers
    body: Any

    def retry_after(self, otherwise: object = None) -> int | None:
        """How long Graph asks to wait, in seconds; `otherwise` is the value that counts where no header has one."""
        return _retry_after(self.headers, otherwise)


class GraphClient:
    """One client, credential and connection pool for all calls of a process. It belongs to one event loop."""

    def __init__(
        self,
        cloud: Cloud,
        root: str,
        credential: AsyncTokenCredential,
        timeout: timedelta,
        proxies: Proxies,
    ) -> None:
        """A client of one cloud's Graph.

        Args:
            cloud: the national cloud whose token is used.
            root: Graph's root without a version.
            credential: the app's identity.
            timeout: how long a call may take, from getting a token to the last byte of the answer.
            proxies: the proxies of the deployment.
        """
        _register_json()
        _silence_sdk_tracing()
        self.root = root
        self._timeout = timeout.total_seconds()
        telemetry = GraphTelemetryHandlerOption(api_version=APIVersion.v1, sdk_version=VERSION)
        proxy = proxies.for_url(root)
        self._transport = httpx.AsyncHTTPTransport(
            proxy=httpx.Proxy(proxy.url, headers=dict(proxy.headers)) if proxy else None
        )
        http = httpx.AsyncClient(transport=self._transport, timeout=self._timeout, follow_redirects=False)
        http = GraphClientFactory.create_with_custom_middleware(
            [UserAgentHandler(), GraphTelemetryHandler(options=telemetry)],
            client=http,
        )
        self._credential, self._scope = credential, cloud.graph_scope
        host = urlsplit(root).hostname or ""
        authentication = AzureIdentityAuthenticationProvider(credential, scopes=[self._scope], allowed_hosts=[host])
        self.adapter = GraphRequestAdapter(authentication, http)
        self.adapter.base_url = root
        self.adapter.observability_options = ObservabilityOptions(include_euii_attributes=False)

    async def send(self, request: RequestInformation, template: str) -> Reply | NotDone | Unclear | Refused:
        """Sends the request once.

        Args:
            request: what is sent.
            template: its path with names in place of ids, for traces.

        Returns:
            Reply on success; NotDone where nothing can have happened; Refused with Graph's code on a 4xx; Unclear where
            the request may or may not have been carried out.

        Raises:
            GraphCallError: something broke that nobody expects; the request may or may not have been carried out.
        """
        try:
            return await self._send(request, template)
        except Exception as error:  # noqa: BLE001 - raised below, where nothing refers to it any more
            broken = GraphCallError(type(error).__qualname__).with_traceback(error.__traceback__)
        # In place of the error: its text, or the request that it carries, can have the signed URL.
        raise broken

    async def _send(self, request: RequestInformation, template: str) -> Reply | NotDone | Unclear | Refused:
        try:
            response = await self._ask(request, template)
        except TimeoutError:
            return Unclear("Graph's answer did not arrive in time.")
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
            return NotDone(f"Graph can't be reached ({type(error).__name__}).")
        except httpx.HTTPError as error:
            return Unclear(f"Graph's answer did not arrive ({type(error).__name__}).")
        except AzureError as error:  # of the identity, before anything was sent
            return _no_token(error)
        if response.is_success:
            return Reply(response.headers, _json(response))
        return await self._refusal(response)

    async def _ask(self, request: RequestInformation, template: str) -> httpx.Response:
        method = (request.http_method or Method.GET).value
        with http_call(Metric.GRAPH_ANSWERS, method, self.root, template) as call:
            # httpx limits each phase of a call; this limits the whole.
            async with asyncio.timeout(self._timeout):
                response: httpx.Response = await self.adapter.get_http_response_message(request, INVALID_SPAN)
            call.answered(response.status_code)
            return response

    async def token_roles(self) -> frozenset[str] | NotDone:
        """The application roles in the app's own token. Its signature is not checked: no decision rests on it."""
        try:
            token = await self._credential.get_token(self._scope)
        except AzureError as error:
            return _no_token(error)
        payload = token.token.split(".")[1] if token.token.count(".") == _JWT_DOTS else ""
        try:
            claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        except ValueError:
            return NotDone("The token for Graph can't be read.")
        roles = claims.get("roles") if isinstance(claims, dict) else None
        return frozenset(role for role in roles or () if isinstance(role, str))

    async def _refusal(self, response: httpx.Response) -> NotDone | Unclear | Refused:
        status = response.status_code
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            return NotDone("Graph throttles (429).", _retry_after(response.headers))
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
            return Unclear(f"Graph answered {status}.", _retry_after(response.headers))
        code, message = await self._error(response)
        return Refused(status, code, redact(message))

    async def _error(self, response: httpx.Response) -> tuple[str, str]:
        from msgraph.generated.models.o_data_errors.o_data_error import ODataError  # noqa: PLC0415 - only on a refusal

        try:
            await self.adapter.throw_failed_responses(response, {"XXX": ODataError}, INVALID_SPAN, INVALID_SPAN)
        except ODataError as error:
            main = error.error
            if main is not None and main.code:
                return str(main.code), str(main.message or "")
        except Exception as error:  # noqa: BLE001 - the SDK raises what it likes at a body that is no Graph error
            _log.debug("The body of Graph's refusal can't be read (%s).", type(error).__qualname__)
        phrase = HTTPStatus(response.status_code).phrase if response.status_code in set(HTTPStatus) else "Refused"
        return "".join(phrase.title().split()), f"Graph answered {response.status_code}"

    async def aclose(self) -> None:
        """Closes the connections, and leaves the credential to its owner."""
        await self._transport.aclose()  # the SDK's own transport around it closes nothing


def _retry_after(headers: httpx.Headers, otherwise: object = None) -> int | None:
    return read_retry_after(headers.get("Retry-After", otherwise), headers.get("Date"), datetime.now(UTC))


def _no_token(error: AzureError) -> NotDone:
    return NotDone(f"No token for Graph ({redact(str(error.message)) or type(error).__name__}).")


def _json(response: httpx.Response) -> Any:  # noqa: ANN401 - JSON
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None


def _register_json() -> None:
    ParseNodeFactoryRegistry().CONTENT_TYPE_ASSOCIATED_FACTORIES.setdefault(_JSON, JsonParseNodeFactory())
    SerializationWriterFactoryRegistry().CONTENT_TYPE_ASSOCIATED_FACTORIES.setdefault(
        _JSON, JsonSerializationWriterFactory()
    )
    # httpx logs every URL at INFO, user ids and all.
    logging.getLogger("httpx").setLevel(logging.WARNING)


def _silence_sdk_tracing() -> None:
    """Takes the tracers from the modules of the SDK that have one.

    They would record up to five spans a call, before it and below it. What is started in the current context, as most
    of them are, is not kept from recording by a parent that does not record: Azure Monitor's samplers don't look at it.
    """
    azure_identity_access_token_provider.tracer = NoOpTracer()
    httpx_request_adapter.tracer = NoOpTracer()
    middleware.tracer = NoOpTracer()
    request_information.tracer = NoOpTracer()
