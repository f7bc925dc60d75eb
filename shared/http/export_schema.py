"""The types of responses about exports and their trails. Class names are schema names in OpenAPI."""

from typing import Annotated, NotRequired

from pydantic import Field, WithJsonSchema

from shared.exports.states_and_codes import (
    AttemptStatus,
    EventType,
    GrantKind,
    HandoverMethod,
    Stage,
    Status,
    SubjectType,
    WarningCode,
)
from shared.http.error_schema import Problem
from shared.http.file_schema import Package
from shared.http.schema_types import Count, Id, Link, ResponseBody, Time, growing


class Subject(ResponseBody):
    """Whose data is exported."""

    type: SubjectType
    """Whether it is a user of the directory or an external person."""
    id: Id | None
    """The object id; null until a user principal name has been looked up."""


class Storage(ResponseBody):
    """Where Microsoft writes the data of the newest attempt."""

    container: Link
    """The URL of the container, without any signature."""


class Grant(ResponseBody):
    """Microsoft's right to write into that container."""

    kind: Annotated[str, growing(GrantKind)]
    """How Microsoft got it."""
    expiresDateTime: Time
    """When it expires; a stored policy is extended while the export runs."""
    revokedDateTime: Time | None
    """When it was revoked; null until then."""


class Hold(ResponseBody):
    """What keeps the exported data from being erased."""

    placedDateTime: Time
    """When it was placed."""
    reason: str
    """Why, in the words of whoever placed it."""
    placedBy: str
    """The object id of the caller that placed it, or `functionKey`."""


class TrailState(ResponseBody):
    """How far the audit trail has come. Keep it elsewhere: it tells later whether the trail was changed."""

    eventCount: Count
    """How many events it has."""
    sha256: str | None
    """The hash of the last of them, in hex; null for a trail of an earlier version without hashes."""


class Warning(ResponseBody):  # noqa: A001 - the API's name
    """Something that a person should look at, although the export goes on or succeeded."""

    code: Annotated[str, growing(WarningCode)]
    """What it is about."""
    message: str
    """What happened, and what to do."""


class Attempt(ResponseBody):
    """One submission to Microsoft Graph."""

    number: Annotated[int, Field(ge=1)]
    """Its position among the attempts, from 1."""
    operationId: str | None
    """The id of Graph's operation; null until it is known."""
    submittedDateTime: Time | None
    """When that id became known."""
    status: Annotated[str, growing(AttemptStatus)]
    """What became of it."""
    error: Problem | None
    """Why it failed; null unless it did."""


class Arrived(ResponseBody):
    """What arrived, in total."""

    count: Count
    """The number of files."""
    totalBytes: Count
    """Their size, in bytes."""
    manifestSha256: str | None
    """SHA-256 of the whole manifest, in hex; null until all files have been read."""


class Export(ResponseBody):
    """One request to export one person's data."""

    id: Id
    """Its id, which all calls about it take."""
    status: Status
    """Its status, to branch on."""
    stage: Annotated[str, growing(Stage)]
    """What it is doing or waiting for; finer than its status."""
    subject: Subject
    """Whose data it exports."""
    reference: str | None
    """The caller's own reference; null if the request had none."""
    requestedBy: str
    """The object id of the caller that requested it, or `functionKey`."""
    receivedDateTime: Time
    """When the person's request arrived."""
    dueDateTime: Time
    """The deadline. A pause of the clock is added to it once it is over."""
    pausedDateTime: Time | None
    """Since when the clock that runs towards the deadline is paused; null if it is not."""
    createdDateTime: Time
    """When this service accepted it."""
    lastUpdatedDateTime: Time
    """When its record last changed."""
    completedDateTime: Time | None
    """When it ended; null while it is open."""
    awaitsHandover: bool
    """Whether it has succeeded, and its clock runs on until the person is answered."""
    handedOverDateTime: Time | None
    """When the person was answered; null until that is recorded."""
    handoverMethod: Annotated[str, growing(HandoverMethod)] | None
    """How the person was answered; null if nobody said."""
    progress: float | None
    """As Microsoft Graph reports it; its scale is not documented."""
    nextPollDateTime: Time | None
    """When the service does its next step; null once the export has ended."""
    waitReason: str | None
    """Why the last call failed, while the service backs off; else null."""
    expectedSubmissionDateTime: Time | None
    """When its turn is expected, while it is queued for the tenant's daily limit; else null."""
    storage: Storage | None
    """Where the newest attempt's data goes; null before the first."""
    grant: Grant | None
    """Microsoft's right to write there; null before the first attempt."""
    attempts: list[Attempt]
    """Its submissions to Microsoft Graph, oldest first."""
    files: Arrived | None
    """What arrived; null until files have been checked."""
    erasureDueDateTime: Time | None
    """When the exported data will be erased; null while it is open, and if there is no data (any more)."""
    erasedDateTime: Time | None
    """When the exported data was erased; null until then."""
    hold: Hold | None
    """What keeps the data from being erased; null if nothing does."""
    packages: list[Package]
    """The packages that were requested, one for each language; none once the data is erased."""
    trail: TrailState
    """How far its audit trail has come."""
    warnings: list[Warning]
    """What a person should look at, oldest first."""
    error: Problem | None
    """Why the export failed; null unless it did."""


class ExportPage(ResponseBody):
    """A page of exports."""

    value: list[Export]
    """The exports of this page."""
    nextLink: NotRequired[Link]
    """The next page; absent on the last."""


class Event(ResponseBody):
    """One line of an export's audit trail."""

    number: Annotated[int, Field(ge=1)]
    """Its place in the trail, from 1. A number that is missing is of an event that can't be read."""
    type: Annotated[str, growing(EventType)]
    """What happened."""
    dateTime: Time
    """When it happened."""
    actor: str
    """The object id of the caller, or the part of the service, that did it."""
    detail: Annotated[dict[str, str | int], WithJsonSchema({"type": "object", "additionalProperties": True})]
    """Details, which depend on the type: texts and whole numbers."""
    previousSha256: str | None
    """The `sha256` of the event before; null for the first event that has a hash."""
    sha256: str | None
    """SHA-256, in hex, of all of this but itself, with the id of the export; null if an earlier version wrote it."""


class Trail(ResponseBody):
    """A page of the audit trail of an export, oldest first."""

    value: list[Event]
    """The events."""
    nextLink: NotRequired[Link]
    """The next page; absent on the last."""
