"""Azure Resource Manager's errors: status, code, message, and the response."""

from aiohttp import web


class ResourceManagerError(Exception):
    """An error as Azure Resource Manager returns it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(status, code, message)
        self.status = status
        self.code = code
        self.message = message

    def response(self) -> web.Response:
        """The response. A 401 says where to get a token."""
        body = {"error": {"code": self.code, "message": self.message}}
        headers = {"x-ms-failure-cause": "gateway"}
        if self.status == web.HTTPUnauthorized.status_code:
            authority = "https://login.windows.net/common"
            headers["WWW-Authenticate"] = f'Bearer authorization_uri="{authority}", error="invalid_token"'
        return web.json_response(body, status=self.status, headers=headers)


def no_token() -> ResourceManagerError:
    """The request has no token."""
    return ResourceManagerError(
        401, "AuthenticationFailed", "Authentication failed. The 'Authorization' header is missing."
    )


def expired_token() -> ResourceManagerError:
    """The token has expired."""
    return ResourceManagerError(401, "ExpiredAuthenticationToken", "The access token expiry UTC time has passed.")


def invalid_token() -> ResourceManagerError:
    """The token is forged or broken."""
    return ResourceManagerError(401, "InvalidAuthenticationToken", "The access token is invalid.")


def wrong_audience() -> ResourceManagerError:
    """The token is for something else."""
    message = "The access token has been obtained for wrong audience or resource."
    return ResourceManagerError(401, "InvalidAuthenticationTokenAudience", message)


def missing_api_version() -> ResourceManagerError:
    """The request names no API version."""
    message = "The api-version query parameter (?api-version=) is required for all requests."
    return ResourceManagerError(400, "MissingApiVersionParameter", message)


def unknown_api_version(given: str, known: str) -> ResourceManagerError:
    """The resource provider has no such API version."""
    message = (
        f"No registered resource provider found for location 'westeurope' and API version '{given}' for type "
        f"'storageAccounts'. The supported api-versions are '{known}'."
    )
    return ResourceManagerError(400, "NoRegisteredProviderFound", message)


def not_authorized(object_id: str, action: str, scope: str) -> ResourceManagerError:
    """The caller has no role that allows this there; whether the resource exists is not said."""
    message = (
        f"The client '{object_id}' with object id '{object_id}' does not have authorization to perform action "
        f"'{action}' over scope '{scope}' or the scope is invalid. If access was recently granted, please refresh your "
        "credentials."
    )
    return ResourceManagerError(403, "AuthorizationFailed", message)


def resource_not_found(name: str) -> ResourceManagerError:
    """There is no such resource."""
    message = f"The Resource '{name}' was not found."
    return ResourceManagerError(404, "ResourceNotFound", message)


def no_management_policy(account: str) -> ResourceManagerError:
    """The account has no lifecycle rules."""
    return ResourceManagerError(404, "ManagementPolicyNotFound", f"No ManagementPolicy found for account {account}")


def method_not_allowed() -> ResourceManagerError:
    """Only reading is imitated."""
    return ResourceManagerError(405, "MethodNotAllowed", "The requested resource does not support this http method.")
