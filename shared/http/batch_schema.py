"""The types of responses about several exports at once. Class names are schema names in OpenAPI."""

from typing import Annotated, Literal, NotRequired

from pydantic import Field

from shared.exports.states_and_codes import BatchItemStatus, HoldStatus
from shared.http.error_schema import Fault
from shared.http.schema_types import Count, Id, Link, ResponseBody, Time, growing


class BatchItem(ResponseBody):
    """One export of a batch."""

    number: Annotated[int, Field(ge=1)]
    """Its position in the request, from 1."""
    exportId: Id | None
    """Null if there is no export, or if it can't be read."""
    status: BatchItemStatus
    """That of the export. Refused: there will be none. Busy: there is none yet; send the batch again."""
    error: Fault | None
    """Why there is no export, why it can't be read, or why it failed."""


class Batch(ResponseBody):
    """Exports that were started in one call."""

    id: Id
    """Its id."""
    status: Literal["Running", "Completed"]
    """Completed once every export that was recorded has ended; items that are busy have none."""
    createdDateTime: Time
    """When this service recorded it."""
    counts: dict[str, Count]
    """How many exports have each status."""
    items: list[BatchItem]
    """In the order of the request."""


class HoldResult(ResponseBody):
    """What became of one of the exports that have a reference."""

    exportId: Id
    """The id of the export."""
    status: Annotated[str, growing(HoldStatus)]
    """Held, lifted, or not changed. Refused: it will be again. Busy: send the same call again."""
    error: Fault | None
    """Why nothing was done; null where the export is as you wanted it."""


class HoldPage(ResponseBody):
    """What became of up to 100 exports that have a reference."""

    value: list[HoldResult]
    """The exports of this page, the newest first."""
    nextLink: NotRequired[Link]
    """Where to send the same call for the next page; absent on the last."""
