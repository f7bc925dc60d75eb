"""The types of all response bodies, from which the OpenAPI document is made too. Class names are its schema names."""

from enum import StrEnum
from typing import Annotated, Any, Literal, NotRequired

from pydantic import ConfigDict, Field, WithJsonSchema, with_config
from typing_extensions import TypedDict

from shared.exports.preflight_check import Verdict
from shared.exports.states_and_codes import (
    AttemptStatus,
    BatchItemStatus,
    DeliveryEvent,
    ErrorCode,
    EventType,
    GrantKind,
    HandoverMethod,
    HoldStatus,
    PackageLanguage,
    PackageStatus,
    Stage,
    Status,
    SubjectType,
    WarningCode,
)
from shared.http.request_bodies import EndStatus

Id = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Link = Annotated[str, Field(json_schema_extra={"format": "uri"})]
Count = Annotated[int, Field(ge=0)]


def _growing(known: type[StrEnum]) -> Any:  # noqa: ANN401 - pydantic's own type of what Field returns
    """Marks a text whose known values the description lists.

    It is no enumeration, because a later version may add values: many generated clients can't read a response with a
    value that their enumeration lacks.
    """
    return Field(json_schema_extra={"x-extensible-enum": [value.value for value in known]})


@with_config(ConfigDict(use_attribute_docstrings=True))
class _Body(TypedDict):
    pass


class Subject(_Body):
    """Whose data is exported."""

    type: SubjectType
    """Whether it is a user of the directory or an external person."""
    id: Id | None
    """The object id; null until a user principal name has been looked up."""


class Storage(_Body):
    """Where Microsoft writes the data of the newest attempt."""

    container: Link
    """The URL of the container, without any signature."""


class Grant(_Body):
    """Microsoft's right to write into that container."""

    kind: Annotated[str, _growing(GrantKind)]
    """How Microsoft got it."""
    expiresDateTime: Time
    """When it expires; a stored policy is extended while the export runs."""
    revokedDateTime: Time | None
    """When it was revoked; null until then."""


class Hold(_Body):
    """What keeps the exported data from being erased."""

    placedDateTime: Time
    """When it was placed."""
    reason: str
    """Why, in the words of whoever placed it."""
    placedBy: str
    """The object id of the caller that placed it, or `functionKey`."""


class TrailState(_Body):
    """How far the audit trail has come. Keep it elsewhere: it tells later whether the trail was changed."""

    eventCount: Count
    """How many events it has."""
    sha256: str | None
    """The hash of the last of them, in hex; null for a trail of an earlier version without hashes."""


class Problem(_Body):
    """Why an export or an attempt failed."""

    code: Annotated[str, _growing(ErrorCode)]
    """A code of this service, of Microsoft Graph, or of the export account."""
    message: str
    """What happened, and what to do."""


class Warning(_Body):  # noqa: A001 - the API's name
    """Something that a person should look at, although the export goes on or succeeded."""

    code: Annotated[str, _growing(WarningCode)]
    """What it is about."""
    message: str
    """What happened, and what to do."""


class Attempt(_Body):
    """One submission to Microsoft Graph."""

    number: Annotated[int, Field(ge=1)]
    """Its position among the attempts, from 1."""
    operationId: str | None
    """The id of Graph's operation; null until it is known."""
    submittedDateTime: Time | None
    """When that id became known."""
    status: Annotated[str, _growing(AttemptStatus)]
    """What became of it."""
    error: Problem | None
    """Why it failed; null unless it did."""


class Arrived(_Body):
    """What arrived, in total."""

    count: Count
    """The number of files."""
    totalBytes: Count
    """Their size, in bytes."""
    manifestSha256: str | None
    """SHA-256 of the whole manifest, in hex; null until all files have been read."""


class PackageFile(_Body):
    """One zip of a package."""

    name: str
    """The name that it is saved under."""
    size: Count
    """In bytes."""


class Package(_Body):
    """An export's data as zips that are made to be handed over to the person."""

    exportId: Id
    """The id of the export."""
    language: Annotated[str, _growing(PackageLanguage)]
    """What it speaks to the person in."""
    status: PackageStatus
    """Whether it is made, to branch on."""
    requestedDateTime: Time
    """When it was requested."""
    madeDateTime: Time | None
    """When it was made; null until then."""
    progress: Annotated[float, Field(ge=0, le=1)]
    """How much of it is made, from 0 to 1."""
    totalBytes: Count | None
    """The size of all its zips; null until that is known."""
    files: list[PackageFile]
    """Its zips; none until it is made."""
    sha256SumsSha256: str | None
    """SHA-256 of the file SHA256SUMS in it, in hex, which stands for all its files; null until it is made."""
    receiptSha256: str | None
    """SHA-256 of the file receipt.json in it, in hex; null until it is made."""
    error: Problem | None
    """Why it could not be made; null unless it failed."""


class Export(_Body):
    """One request to export one person's data."""

    id: Id
    """Its id, which all calls about it take."""
    status: Status
    """Its status, to branch on."""
    stage: Annotated[str, _growing(Stage)]
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
    handoverMethod: Annotated[str, _growing(HandoverMethod)] | None
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


class ExportPage(_Body):
    """A page of exports."""

    value: list[Export]
    """The exports of this page."""
    nextLink: NotRequired[Link]
    """The next page; absent on the last."""


class Event(_Body):
    """One line of an export's audit trail."""

    number: Annotated[int, Field(ge=1)]
    """Its place in the trail, from 1. A number that is missing is of an event that can't be read."""
    type: Annotated[str, _growing(EventType)]
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


class Trail(_Body):
    """A page of the audit trail of an export, oldest first."""

    value: list[Event]
    """The events."""
    nextLink: NotRequired[Link]
    """The next page; absent on the last."""


class File(_Body):
    """One file that arrived."""

    number: Annotated[int, Field(ge=1)]
    """Its place in the manifest, from 1. The audit trail names a file by it."""
    name: str
    """Its path in the container."""
    size: Count
    """In bytes."""
    md5: str | None
    """In hex; null for a file that was not hashed (the warning `FilesNotHashed`)."""
    sha256: str | None
    """In hex; null for a file that was not hashed (the warning `FilesNotHashed`)."""
    lastModifiedDateTime: Time
    """When Microsoft last wrote it."""


class FilePage(_Body):
    """A page of the manifest."""

    value: list[File]
    """The files of this page."""
    nextLink: NotRequired[Link]
    """The next page; absent on the last."""


class FileLink(_Body):
    """A link that lets whoever has it read one file, or one zip of a package."""

    name: str
    """The name of the file, as in the manifest, or of the zip."""
    url: Link
    """Where to get it: the URL is a secret, and needs no token."""


class FileLinks(_Body):
    """Links to files, in the order of the request, or to all zips of a package."""

    expiresDateTime: Time
    """When the links expire."""
    value: list[FileLink]
    """A link for each file or zip."""


class Fault(_Body):
    """One thing that is wrong with a request."""

    code: str
    """The error code, to branch on."""
    message: str
    """What is wrong, and what to do."""
    target: str | None
    """The field, parameter or header that it is about, or the id of another export."""


class BatchItem(_Body):
    """One export of a batch."""

    number: Annotated[int, Field(ge=1)]
    """Its position in the request, from 1."""
    exportId: Id | None
    """Null if there is no export, or if it can't be read."""
    status: BatchItemStatus
    """That of the export. Refused: there will be none. Busy: there is none yet; send the batch again."""
    error: Fault | None
    """Why there is no export, why it can't be read, or why it failed."""


class Batch(_Body):
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


class HoldResult(_Body):
    """What became of one of the exports that have a reference."""

    exportId: Id
    """The id of the export."""
    status: Annotated[str, _growing(HoldStatus)]
    """Held, lifted, or not changed. Refused: it will be again. Busy: send the same call again."""
    error: Fault | None
    """Why nothing was done; null where the export is as you wanted it."""


class HoldPage(_Body):
    """What became of up to 100 exports that have a reference."""

    value: list[HoldResult]
    """The exports of this page, the newest first."""
    nextLink: NotRequired[Link]
    """Where to send the same call for the next page; absent on the last."""


class Subscription(_Body):
    """A subscription to what becomes of exports. Its URL is a secret, so no response has it."""

    id: Id
    """Its id, to delete it by."""
    events: list[Annotated[str, _growing(DeliveryEvent)]]
    """What it is told of."""
    status: list[Status] | None
    """Only exports that ended with one of these statuses; null means all."""
    reference: str | None
    """Only exports with this reference; null means all."""
    createdBy: str
    """The object id of the caller that subscribed, or `functionKey`."""
    createdDateTime: Time
    """When it was made."""
    expiresDateTime: Time | None
    """When it ends unless it is renewed; null for one of version 1.0.0 until the next daily sweep."""
    signingSecret: NotRequired[str | None]
    """What signs its callbacks: in the response to `POST /subscriptions` alone. Null if it was there already."""


class SubscriptionList(_Body):
    """Subscriptions, the oldest first."""

    value: list[Subscription]
    """All of them: there are 100 at most."""


class Ending(_Body):
    """How an export ended. It says nothing about the person."""

    exportId: Id
    """The id of the export."""
    status: EndStatus
    """The status that it ended with."""
    reference: NotRequired[str]
    """The caller's own reference; absent if there is none."""
    trail: NotRequired[TrailState]
    """How far its audit trail had come then; absent if the trail has no hashes."""


class ExportEnded(_Body):
    """The body of a callback about an end: a CloudEvents 1.0 event."""

    specversion: Literal["1.0"]
    """The version of CloudEvents."""
    id: str
    """The same for every try of a delivery, so that repetitions can be ignored."""
    source: str
    """The URL of this deployment's exports."""
    type: Literal["com.personaldataexport.export.ended.v1"]
    """What happened: an export ended."""
    subject: Id
    """The id of the export."""
    time: Time
    """When it ended."""
    datacontenttype: Literal["application/json"]
    """The media type of `data`."""
    data: Ending
    """How the export ended."""


class Handover(_Body):
    """When the person was answered. It says nothing about the person."""

    exportId: Id
    """The id of the export."""
    status: EndStatus
    """The status that it ended with."""
    reference: NotRequired[str]
    """The caller's own reference; absent if there is none."""
    handedOverDateTime: Time
    """When the person got the answer."""
    trail: NotRequired[TrailState]
    """How far its audit trail had come when this was recorded; absent if the trail has no hashes."""


class ExportHandedOver(_Body):
    """The body of a callback about a hand-over: a CloudEvents 1.0 event."""

    specversion: Literal["1.0"]
    """The version of CloudEvents."""
    id: str
    """The same for every try of a delivery, so that repetitions can be ignored."""
    source: str
    """The URL of this deployment's exports."""
    type: Literal["com.personaldataexport.export.handedover.v1"]
    """What happened: the person was answered."""
    subject: Id
    """The id of the export."""
    time: Time
    """When this service recorded it; `data` has the time of the hand-over itself."""
    datacontenttype: Literal["application/json"]
    """The media type of `data`."""
    data: Handover
    """When the person was answered."""


class Check(_Body):
    """One check of the preflight."""

    name: str
    """What was checked."""
    status: Verdict
    """Whether it passed."""
    message: str
    """What was found, and what to do about it."""


class Report(_Body):
    """Whether this deployment can export."""

    status: Literal["Passed", "Failed"]
    """Failed if a check failed."""
    checks: list[Check]
    """The checks, in the order in which they were made."""


class Health(_Body):
    """The app can reach its records."""

    status: Literal["Healthy"]
    """Always the same: otherwise the response is an error."""


class Refusal(_Body):
    """Why a request was refused."""

    code: str
    """The error code, to branch on; also in the header `x-ms-error-code`."""
    message: str
    """What is wrong, and what to do."""
    target: str | None
    """The field, parameter or header that it is about, or the id of another export."""
    details: list[Fault]
    """Everything that is wrong with a body."""


class ErrorResponse(_Body):
    """A response that is an error."""

    error: Refusal
    """Why the request was refused."""
