"""The types of what went wrong, and of responses that are errors. Class names are schema names in OpenAPI."""

from typing import Annotated

from shared.exports.states_and_codes import ErrorCode
from shared.http.schema_types import ResponseBody, growing


class Problem(ResponseBody):
    """Why an export or an attempt failed."""

    code: Annotated[str, growing(ErrorCode)]
    """A code of this service, of Microsoft Graph, or of the export account."""
    message: str
    """What happened, and what to do."""


class Fault(ResponseBody):
    """One thing that is wrong with a request."""

    code: str
    """The error code, to branch on."""
    message: str
    """What is wrong, and what to do."""
    target: str | None
    """The field, parameter or header that it is about, or the id of another export."""


class Refusal(ResponseBody):
    """Why a request was refused."""

    code: str
    """The error code, to branch on; also in the header `x-ms-error-code`."""
    message: str
    """What is wrong, and what to do."""
    target: str | None
    """The field, parameter or header that it is about, or the id of another export."""
    details: list[Fault]
    """Everything that is wrong with a body."""


class ErrorResponse(ResponseBody):
    """A response that is an error."""

    error: Refusal
    """Why the request was refused."""
