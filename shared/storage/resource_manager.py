"""Reads resources from Azure Resource Manager with the app's identity."""

from __future__ import annotations

import asyncio
import json
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from azure.core import AsyncPipelineClient
from azure.core.exceptions import AzureError
from azure.core.pipeline.policies import AsyncBearerTokenCredentialPolicy, AsyncRetryPolicy, UserAgentPolicy
from azure.core.rest import AsyncHttpResponse, HttpRequest

from shared.exports.export_account import AccountUnread
from shared.storage.storage_transport import ConnectionPool, TracedTransport

if TYPE_CHECKING:
    from azure.core.credentials_async import AsyncTokenCredential

_TEMPLATE = "/subscriptions/{id}/resourceGroups/{name}/providers/Microsoft.Storage/storageAccounts/{account}"
_CODE = re.compile(r"[A-Za-z0-9]{1,64}")


class ResourceManager:
    """Azure Resource Manager of one cloud, with one connection pool. It is only read."""

    def __init__(
        self, root: str, scope: str, credential: AsyncTokenCredential, pool: ConnectionPool, *, time_limit: float = 20
    ) -> None:
        """A client.

        Args:
            root: its address, without a path.
            scope: the scope of its tokens.
            credential: the app's identity.
            pool: the connections that all clients share.
            time_limit: how long a call may take, its tries and their waits included, in seconds.
        """
        # No policy of the SDK that logs: a resource's path names the subscription.
        policies = [
            UserAgentPolicy(),
            AsyncRetryPolicy(retry_total=2),
            AsyncBearerTokenCredentialPolicy(credential, scope),
        ]
        self._client: AsyncPipelineClient[HttpRequest, AsyncHttpResponse] = AsyncPipelineClient(
            root, policies=policies, transport=TracedTransport(pool, _TEMPLATE)
        )
        self._root = root
        self._time_limit = time_limit

    async def get(self, path: str, api_version: str) -> dict[str, Any] | AccountUnread:
        """A resource by its id, or by its id and a path below it."""
        request = HttpRequest("GET", f"{self._root}{path}", params={"api-version": api_version})
        # The only one without HTTPS is a stand-in on a loopback address.
        options = {"enforce_https": self._root.startswith("https:")}
        try:
            async with asyncio.timeout(self._time_limit):
                response = await self._client.send_request(request, **options)
        except TimeoutError:
            return AccountUnread("Timeout")
        except AzureError as error:  # it can quote a response of the identity
            return AccountUnread(type(error).__name__)
        body = _json(response)
        if response.status_code == HTTPStatus.OK:
            return body if isinstance(body, dict) else AccountUnread("UnreadableResponse", response.status_code)
        return AccountUnread(_error_code(body) or f"Http{response.status_code}", response.status_code)


def _json(response: AsyncHttpResponse) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        return None


def _error_code(body: object) -> str | None:
    """The code of an error response. Its message is left out: it names people's ids and resources."""
    error = body.get("error") if isinstance(body, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) and _CODE.fullmatch(code) else None
