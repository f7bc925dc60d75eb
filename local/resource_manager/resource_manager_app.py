"""The web application of this Azure Resource Manager: one storage account to read, and what tests control of it."""

from typing import Any

import jwt
from aiohttp import web

from local.identity.published_keys import KeysUnavailableError, PublishedKeys, UnknownKeyError
from local.identity.token_claims import ISSUER
from local.resource_manager.resource_manager_errors import (
    ResourceManagerError,
    expired_token,
    invalid_token,
    method_not_allowed,
    missing_api_version,
    no_management_policy,
    no_token,
    not_authorized,
    resource_not_found,
    unknown_api_version,
    wrong_audience,
)
from local.resource_manager.storage_account_resource import LIFECYCLE, TYPE, StorageAccountResource

AUDIENCES = (
    "https://management.azure.com",
    "https://management.usgovcloudapi.net",
    "https://management.chinacloudapi.cn",
    "https://management.core.windows.net",
)
API_VERSIONS = ("2025-01-01", "2025-06-01", "2025-08-01", "2026-04-01", "2026-06-01", "2026-09-01")
_USER_BOUND_SINCE = "2026-06-01"
"""The API version that knows SAS that are bound to users. Older ones leave out what they don't know."""
_USER_BOUND = ("requireUserBoundUserDelegationSas", "requireUserBoundUserDelegationSasAction")


def create_app(identity: str, account: str) -> web.Application:
    """Return the web application.

    Args:
        identity: The root URL of the identity whose keys sign the tokens.
        account: The name of the storage account.
    """
    return ResourceManager(PublishedKeys(identity), StorageAccountResource(account)).app()


class ResourceManager:
    """Answers requests in the order of the real one's checks: token, API version, role, resource."""

    def __init__(self, keys: PublishedKeys, account: StorageAccountResource) -> None:
        self._keys = keys
        self._account = account
        self._is_reader = True
        self._versions = API_VERSIONS

    def app(self) -> web.Application:
        """The web application, with what tests control under `/_local`."""
        app = web.Application()
        app.router.add_patch("/_local/storageAccount", self.change_account)
        app.router.add_put("/_local/reader", self.set_reader)
        app.router.add_put("/_local/apiVersions", self.set_versions)
        app.router.add_route("*", "/{path:.*}", self.handle)
        return app

    async def change_account(self, request: web.Request) -> web.Response:
        """Merge the body into the part of the account that the query names: 204, or 400 where there is none."""
        try:
            self._account.change(request.query.get("part", ""), await request.json())
        except ValueError as error:
            raise web.HTTPBadRequest(text=str(error)) from error
        return web.Response(status=204)

    async def set_reader(self, request: web.Request) -> web.Response:
        """Give the caller the role Reader, or take it away: the body is `true` or `false`."""
        self._is_reader = bool(await request.json())
        return web.Response(status=204)

    async def set_versions(self, request: web.Request) -> web.Response:
        """Set the API versions that there are, as in a cloud that gets new ones later."""
        self._versions = tuple(await request.json())
        return web.Response(status=204)

    async def handle(self, request: web.Request) -> web.Response:
        """Answer any request."""
        try:
            return web.json_response(await self._answer(request))
        except ResourceManagerError as error:
            return error.response()

    async def _answer(self, request: web.Request) -> dict[str, Any]:
        caller = await self._caller(request.headers.get("Authorization", ""))
        version = request.query.get("api-version")
        if not version:
            raise missing_api_version()
        if request.method != "GET":
            raise method_not_allowed()
        path, account = request.path, self._account
        # Names of resources are the same in any case.
        is_known = f"{path}/".lower().startswith(f"{account.id}/".lower())
        if not (self._is_reader and is_known):
            raise not_authorized(caller, f"{TYPE}/read", path)
        if version not in self._versions:
            raise unknown_api_version(version, ", ".join(self._versions))
        part = path[len(account.id) + 1 :]
        body = account.show(part)
        if body is None:
            raise no_management_policy(account.id) if part == LIFECYCLE else resource_not_found(path)
        return body if version >= _USER_BOUND_SINCE else _without_user_bound(body)

    async def _caller(self, authorization: str) -> str:
        """The object id of the caller."""
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise no_token()
        try:
            claims = jwt.decode(
                token,
                await self._keys.find(token),
                algorithms=["RS256"],
                audience=[*AUDIENCES, *(f"{each}/" for each in AUDIENCES)],
                issuer=ISSUER,
                options={"require": ["exp", "nbf", "iat", "oid"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise expired_token() from error
        except jwt.InvalidAudienceError as error:
            raise wrong_audience() from error
        except (jwt.PyJWTError, UnknownKeyError) as error:
            raise invalid_token() from error
        except KeysUnavailableError as error:
            raise ResourceManagerError(503, "ServiceUnavailable", "The service is unavailable.") from error
        return str(claims["oid"])


def _without_user_bound(body: dict[str, Any]) -> dict[str, Any]:
    policy = body.get("properties", {}).get("sasPolicy")
    if not isinstance(policy, dict):
        return body
    shown = {name: value for name, value in policy.items() if name not in _USER_BOUND}
    return {**body, "properties": {**body["properties"], "sasPolicy": shown}}
