"""Graph's errors: status, code, message, and the response body."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4


class GraphError(Exception):
    """An error as Graph returns it, with that `Retry-After` if it has one."""

    def __init__(self, status: int, code: str, message: str, retry_after: str | None = None) -> None:
        super().__init__(status, code, message)
        self.status = status
        self.code = code
        self.message = message
        self.retry_after = retry_after


@dataclass(frozen=True)
class RequestIds:
    """The two ids in every response: Graph's own, and the client's if it sent one (else Graph's again)."""

    request_id: str
    client_request_id: str

    @classmethod
    def given(cls, client_request_id: str | None) -> "RequestIds":
        """Make the ids for a request that came with `client_request_id`."""
        own = str(uuid4())
        return cls(own, client_request_id or own)

    def as_headers(self) -> dict[str, str]:
        """The two under the names that headers and `innerError` have for them."""
        return {"request-id": self.request_id, "client-request-id": self.client_request_id}


def error_body(error: GraphError, ids: RequestIds, now: datetime) -> dict[str, Any]:
    """The body of an error response; its date is UTC, without an offset."""
    return {
        "error": {
            "code": error.code,
            "message": error.message,
            "innerError": {"date": f"{now:%Y-%m-%dT%H:%M:%S}", **ids.as_headers()},
        }
    }


def invalid_token(message: str) -> GraphError:
    """The token is missing, forged, expired or for another audience."""
    return GraphError(401, "InvalidAuthenticationToken", message)


def forbidden() -> GraphError:
    """The token's roles don't cover the call."""
    return GraphError(
        403,
        "Forbidden",
        "Access is denied to the requested resource. The user might not have enough permission.",
    )


def subject_not_found() -> GraphError:
    """There is no person to export with this id."""
    return GraphError(404, "ResourceNotFound", "The resource is not found.")


def user_not_found(key: str) -> GraphError:
    """The directory has no such user."""
    return GraphError(
        404,
        "Request_ResourceNotFound",
        f"Resource '{key}' does not exist or one of its queried reference-property objects are not present.",
    )


def operation_not_found() -> GraphError:
    """There is no operation with this id, for which the service returns 400."""
    return GraphError(400, "OperationNotFound", "Cannot find any operations with the input Id.")


def invalid_guid(key: str) -> GraphError:
    """The id in the path is not a GUID."""
    return GraphError(400, "InvalidInput", f"The specified object-id: {key} in the request uri is an invalid Guid.")


def bad_request(message: str) -> GraphError:
    """The request is malformed."""
    return GraphError(400, "BadRequest", message)


def unknown_segment(segment: str) -> GraphError:
    """This version has no such path."""
    return bad_request(f"Resource not found for the segment '{segment}'.")


def key_is_an_instruction(collection: str) -> GraphError:
    """A key that begins with `$` is in a segment of its own, where OData has its system segments, such as `$count`."""
    return bad_request(
        f"The request URI is not valid. Since the segment '{collection}' refers to a collection, this must be the last "
        "segment in the request URI or it must be followed by an function or action that can be bound to it otherwise "
        "all intermediate segments must refer to a single resource."
    )


def method_not_allowed() -> GraphError:
    """The path does not have this method."""
    return GraphError(405, "MethodNotAllowed", "Specified HTTP method is not allowed for the request target.")


def throttled(retry_after: str | None = None) -> GraphError:
    """Too many requests. These resources are documented to return no `Retry-After`."""
    return GraphError(
        429,
        "TooManyRequests",
        "Client application has been throttled and should not attempt to repeat the request until an amount of time"
        " has elapsed.",
        retry_after,
    )


def unavailable(retry_after: str | None = None) -> GraphError:
    """The service is down at the moment. It is reported to say when to come back."""
    return GraphError(503, "serviceNotAvailable", "The service is temporarily unavailable.", retry_after)


def storage_refused(code: str, message: str) -> GraphError:
    """The storage location is refused with one of the `Storage*` and `SharedAccessSignature*` codes."""
    return GraphError(400, code, message)


def storage_invalid() -> GraphError:
    """The storage location is not one, or failed in a way that has no code of its own."""
    return storage_refused("StorageLocationInvalid", "Storage Location is not valid.")
