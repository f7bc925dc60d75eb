"""The types of responses about the service. Class names are schema names in OpenAPI."""

from typing import Annotated, Literal

from shared.exports.preflight_check import Verdict
from shared.http.app_roles import AppRole
from shared.http.schema_types import ResponseBody, growing


class Check(ResponseBody):
    """One check of the preflight."""

    name: str
    """What was checked."""
    status: Verdict
    """Whether it passed."""
    message: str
    """What was found, and what to do about it."""


class Report(ResponseBody):
    """Whether this deployment can export."""

    status: Literal["Passed", "Failed"]
    """Failed if a check failed."""
    checks: list[Check]
    """The checks, in the order in which they were made."""


class Health(ResponseBody):
    """The app can reach its records."""

    status: Literal["Healthy"]
    """Always the same: otherwise the response is an error."""


class Me(ResponseBody):
    """Who calls."""

    id: str
    """The object id of the caller, or `functionKey`."""
    name: str | None
    """What the caller's token calls it; null for an application, and with a function key."""
    roles: list[Annotated[str, growing(AppRole)]]
    """The app roles that are assigned to the caller; empty if it has none."""
