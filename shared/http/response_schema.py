"""The types of all response bodies, from which the OpenAPI document is made too. Class names are its schema names."""

from typing import Annotated, Literal, NotRequired

from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

from shared.exports.states_and_codes import (
    AttemptStatus,
    ErrorCode,
    EventType,
    GrantKind,
    Stage,
    Status,
    SubjectType,
    WarningCode,
)
from shared.use_cases.run_preflight import Verdict

Id = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
Time = Annotated[str, Field(json_schema_extra={"format": "date-time"})]
Link = Annotated[str, Field(json_schema_extra={"format": "uri"})]
Count = Annotated[int, Field(ge=0)]


@with_config(ConfigDict(use_attribute_docstrings=True))
class _Body(TypedDict):
    pass


class Subject(_Body):
    """Whose data is exported."""

    type: SubjectType
    id: Id | None
    """The object id; null until a user principal name has been looked up."""


class Storage(_Body):
    """Where Microsoft writes the data of the newest attempt."""

    container: Link
    """The URL of the container, without any signature."""


class Grant(_Body):
    """Microsoft's right to write into that container."""

    kind: GrantKind
    expiresDateTime: Time
    """When it expires; a stored policy is extended while the export runs."""
    revokedDateTime: Time | None
    """When it was revoked; null until then."""


class Problem(_Body):
    """Why an export or an attempt failed."""

    code: ErrorCode | str
    """A code of this service, of Microsoft Graph, or of the export account."""
    message: str
    """What happened, and what to do."""


class Warning(_Body):  # noqa: A001 - the API's name
    """Something that a person should look at, although the export goes on or succeeded."""

    code: Annotated[str, Field(json_schema_extra={"enum": [code.value for code in WarningCode]})]
    message: str
    """What happened, and what to do."""


class Attempt(_Body):
    """One submission to Microsoft Graph."""

    number: Annotated[int, Field(ge=1)]
    operationId: str | None
    """The id of Graph's operation; null until it is known."""
    submittedDateTime: Time | None
    """When that id became known."""
    status: AttemptStatus
    error: Problem | None


class Arrived(_Body):
    """What arrived, in total."""

    count: Count
    """The number of files."""
    totalBytes: Count
    """Their size, in bytes."""
    manifestSha256: str | None
    """SHA-256 of the whole manifest, in hex; null until all files have been read."""


class Export(_Body):
    """One request to export one person's data."""

    id: Id
    status: Status
    stage: Stage
    subject: Subject
    reference: str | None
    """The caller's own reference."""
    receivedDateTime: Time
    """When the person's request arrived."""
    dueDateTime: Time
    """The deadline."""
    createdDateTime: Time
    lastUpdatedDateTime: Time
    completedDateTime: Time | None
    """When it ended; null while it is open."""
    progress: float | None
    """As Microsoft Graph reports it; its scale is not documented."""
    nextPollDateTime: Time | None
    """When the service does its next step; null once the export has ended."""
    waitReason: str | None
    """Why the last call failed, while the service backs off; else null."""
    expectedSubmissionDateTime: Time | None
    """When its turn is expected, while it is queued for the tenant's daily limit; else null."""
    storage: Storage | None
    """Null before the first attempt."""
    grant: Grant | None
    """Null before the first attempt."""
    attempts: list[Attempt]
    files: Arrived | None
    """Null until files have been checked."""
    erasedDateTime: Time | None
    """When the exported data was erased; null until then."""
    warnings: list[Warning]
    error: Problem | None
    """Why the export failed; null unless it did."""


class ExportPage(_Body):
    """A page of exports."""

    value: list[Export]
    nextLink: NotRequired[Link]
    """The next page; absent on the last."""


class Event(_Body):
    """One line of an export's audit trail."""

    type: EventType
    dateTime: Time
    actor: str
    """The object id of the caller, or the part of the service, that did it."""
    detail: dict[str, str | int]
    """Details, which depend on the type."""


class Trail(_Body):
    """The audit trail of an export, oldest first."""

    value: list[Event]


class File(_Body):
    """One file that arrived."""

    name: str
    size: Count
    """In bytes."""
    md5: str | None
    """In hex; null for a file that is too large to hash."""
    sha256: str | None
    """In hex; null for a file that is too large to hash."""
    lastModifiedDateTime: Time


class FilePage(_Body):
    """A page of the manifest."""

    value: list[File]
    nextLink: NotRequired[Link]
    """The next page; absent on the last."""


class FileLink(_Body):
    """A link that lets whoever has it read one file."""

    name: str
    url: Link


class FileLinks(_Body):
    """Links to files, in the order of the request."""

    expiresDateTime: Time
    """When the links expire."""
    value: list[FileLink]


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
    status: Status | Literal["Refused", "Busy", "Unreadable"]
    """That of the export. Refused: there will be none. Busy: there is none yet; send the batch again."""
    error: Fault | None
    """Why there is no export, why it can't be read, or why it failed."""


class Batch(_Body):
    """Exports that were started in one call."""

    id: Id
    status: Literal["Running", "Completed"]
    """Completed once every export that was recorded has ended; items that are busy have none."""
    createdDateTime: Time
    counts: dict[str, Count]
    """How many exports have each status."""
    items: list[BatchItem]
    """In the order of the request."""


class Subscription(_Body):
    """A subscription to the ends of exports. Its URL is a secret, so no response has it."""

    id: Id
    """The id of the subscription."""
    status: list[Status] | None
    """The ends to be told of; null means all."""
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
    status: Literal["Succeeded", "Failed", "Canceled"]
    reference: NotRequired[str]
    """The caller's own reference; absent if there is none."""


class ExportEnded(_Body):
    """The body of a callback: a CloudEvents 1.0 event."""

    specversion: Literal["1.0"]
    id: str
    """The same for every try of a delivery, so that repetitions can be ignored."""
    source: str
    """The URL of this deployment's exports."""
    type: Literal["com.personaldataexport.export.ended.v1"]
    subject: Id
    """The id of the export."""
    time: Time
    """When it ended."""
    datacontenttype: Literal["application/json"]
    data: Ending


class Check(_Body):
    """One check of the preflight."""

    name: str
    status: Verdict
    message: str
    """What was found, and what to do about it."""


class Report(_Body):
    """Whether this deployment can export."""

    status: Literal["Passed", "Failed"]
    """Failed if a check failed."""
    checks: list[Check]


class Health(_Body):
    """The app can reach its records."""

    status: Literal["Healthy"]


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


class Error(_Body):
    """A response that is an error."""

    error: Refusal
