"""What callers get, as JSON: the types of the views, from which the OpenAPI document is made too."""

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
class _Answer(TypedDict):
    pass


class Subject(_Answer):
    """Whose data."""

    type: SubjectType
    id: Id | None
    """The object id; null until a user principal name is resolved."""


class Storage(_Answer):
    """Where the data of the newest attempt lands."""

    container: Link
    """The URL of the container, without any signature."""


class Grant(_Answer):
    """Microsoft's right to write into that container."""

    kind: GrantKind
    expiresDateTime: Time
    """When it ends by itself; a stored policy is extended while the export runs."""
    revokedDateTime: Time | None
    """When it was taken away."""


class Problem(_Answer):
    """Why something ended badly."""

    code: ErrorCode | str
    """The service's own code, or that of Microsoft Graph or of the export account."""
    message: str
    """What happened, and what to do."""


class Warning(_Answer):  # noqa: A001 - the API's name
    """What a person should look at, though the export goes on or succeeded."""

    code: Annotated[str, Field(json_schema_extra={"enum": [code.value for code in WarningCode]})]
    message: str
    """What happened, and what to do."""


class Attempt(_Answer):
    """One submission to Microsoft Graph."""

    number: Annotated[int, Field(ge=1)]
    operationId: str | None
    """The operation that Graph has for it."""
    submittedDateTime: Time | None
    """When that became known."""
    status: AttemptStatus
    error: Problem | None


class Arrived(_Answer):
    """What arrived, in sum."""

    count: Count
    """Files."""
    totalBytes: Count
    """Their size."""
    manifestSha256: str | None
    """SHA-256 of the whole manifest, in hex; null until all files are read."""


class Export(_Answer):
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
    """As Microsoft Graph gives it; its scale is not documented."""
    nextPollDateTime: Time | None
    """When the service looks again; null once it has ended."""
    storage: Storage | None
    """Null before the first attempt."""
    grant: Grant | None
    """Null before the first attempt."""
    attempts: list[Attempt]
    files: Arrived | None
    """Null before anything was checked."""
    erasedDateTime: Time | None
    """When the exported data was erased."""
    warnings: list[Warning]
    error: Problem | None
    """Why it failed; null unless it did."""


class ExportPage(_Answer):
    """Exports, a page at a time."""

    value: list[Export]
    nextLink: NotRequired[Link]
    """The next page; not there on the last."""


class Event(_Answer):
    """One line of an export's trail."""

    type: EventType
    dateTime: Time
    actor: str
    """The caller's object id, or the part of the service that did it."""
    detail: dict[str, str | int]
    """What belongs to this type of event."""


class Trail(_Answer):
    """All that happened to an export, oldest first."""

    value: list[Event]


class File(_Answer):
    """One file that arrived."""

    name: str
    size: Count
    """In bytes."""
    md5: str | None
    """In hex; null for a file that is too large to be hashed."""
    sha256: str | None
    """In hex; null for a file that is too large to be hashed."""
    lastModifiedDateTime: Time


class FilePage(_Answer):
    """The manifest, a page at a time."""

    value: list[File]
    nextLink: NotRequired[Link]
    """The next page; not there on the last."""


class FileLink(_Answer):
    """A link that reads one file, for whoever has it."""

    name: str
    url: Link


class FileLinks(_Answer):
    """Links to files, in the order in which they were asked for."""

    expiresDateTime: Time
    """When none of them opens anything any more."""
    value: list[FileLink]


class Fault(_Answer):
    """One fault of a request."""

    code: str
    """A code to branch on."""
    message: str
    """What is wrong, and what to do."""
    target: str | None
    """The field, parameter or header that it is about, or the id of another export."""


class BatchItem(_Answer):
    """One export of a batch."""

    number: Annotated[int, Field(ge=1)]
    """Its place in the request, from 1."""
    exportId: Id | None
    """Null where it was refused."""
    status: Status | Literal["Refused"]
    error: Fault | None
    """Why it was refused or failed."""


class Batch(_Answer):
    """Exports that were asked for in one call."""

    id: Id
    status: Literal["Running", "Completed"]
    """Running until the last of its exports has ended."""
    createdDateTime: Time
    counts: dict[str, Count]
    """How many of its exports have each status."""
    items: list[BatchItem]
    """In the order of the request."""


class Subscription(_Answer):
    """Who is told of the end of which exports. Where to is a secret, and in no answer."""

    id: Id
    status: list[Status] | None
    """How an export has to have ended; null for in any way."""
    reference: str | None
    """Of exports with this reference only; null for all."""
    createdDateTime: Time


class Ending(_Answer):
    """How an export ended. Of the person there is nothing in it."""

    exportId: Id
    status: Literal["Succeeded", "Failed", "Canceled"]
    reference: NotRequired[str]
    """The caller's own reference, where there is one."""


class ExportEnded(_Answer):
    """What callbacks bring: a CloudEvents 1.0 event."""

    specversion: Literal["1.0"]
    id: str
    """The same for every try of one delivery, so that repetitions can be dropped."""
    source: str
    """The exports of this deployment."""
    type: Literal["com.personaldataexport.export.ended.v1"]
    subject: Id
    """The id of the export."""
    time: Time
    """When it ended."""
    datacontenttype: Literal["application/json"]
    data: Ending


class Check(_Answer):
    """One thing that the preflight looked at."""

    name: str
    status: Verdict
    message: str
    """What it found, and what to do about it."""


class Report(_Answer):
    """Whether this deployment can export."""

    status: Literal["Passed", "Failed"]
    """Failed where one of the checks did."""
    checks: list[Check]


class Health(_Answer):
    """That the app can reach its records."""

    status: Literal["Healthy"]


class Refusal(_Answer):
    """Why a call was refused: its first fault, and all of them."""

    code: str
    """A code to branch on; the same is in the header `x-ms-error-code`."""
    message: str
    """What is wrong, and what to do."""
    target: str | None
    """The field, parameter or header that it is about, or the id of another export."""
    details: list[Fault]
    """Every fault of a body."""


class Error(_Answer):
    """An answer that is an error."""

    error: Refusal
