"""An export, its subject, attempts, files and deliveries as plain values. All times are aware and in UTC."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from shared.exports.states_and_codes import (
    AttemptStatus,
    DeliveryState,
    EventType,
    GrantKind,
    Stage,
    Status,
    SubjectType,
)

if TYPE_CHECKING:
    from datetime import datetime


def next_attempt_number(export: Export) -> int:
    """The number of the attempt that comes next."""
    return len(export.attempts) + 1


def has_stored_policy(grant: Grant) -> bool:
    """Whether the grant rests on a stored policy of the container, which can be extended and taken away."""
    return grant.kind is GrantKind.STORED_POLICY


def is_running(export: Export) -> bool:
    """Whether Microsoft is at work on the present attempt."""
    return export.attempt is not None and export.attempt.status is AttemptStatus.RUNNING


def sent_at(export: Export) -> datetime:
    """When Graph was about to be called for the present attempt; before that, when the attempt was started."""
    attempt = current_attempt(export)
    return attempt.sent_at or attempt.started_at


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose data. A user can be named by principal name; that name is dropped once the object id is known."""

    type: SubjectType
    id: str | None
    principal_name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """What a caller asks for."""

    subject: Subject
    reference: str | None = None
    received_at: datetime | None = None
    due_at: datetime | None = None
    digest: str | None = None
    """What tells this request from another under the same idempotency key."""
    allow_duplicate: bool = False
    callback_url: str | None = field(default=None, repr=False)
    """Where to tell that it has ended. A secret: it may carry a signature, so an `Export` does not have it."""


@dataclass(frozen=True, slots=True)
class Grant:
    """The right to write that Microsoft got. The signature is in no field of anything: see `sas_urls`."""

    kind: GrantKind
    expires_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something ended badly: a code to branch on and a message that says what to do."""

    code: str
    message: str


@dataclass(frozen=True, slots=True)
class ExportWarning:
    """Something that a person should look at, though the export goes on or succeeded."""

    code: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One submission to Graph: one container, one grant, at most one operation."""

    number: int
    container: str
    """The container's URL, without any query."""
    grant: Grant
    status: AttemptStatus
    started_at: datetime
    """When the attempt was made ready."""
    sent_at: datetime | None = None
    """When Graph was about to be called, the last time."""
    operation_id: str | None = None
    submitted_at: datetime | None = None
    """When the operation id became known."""
    error: Problem | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file that arrived: a line of the manifest."""

    name: str
    size: int
    """In bytes."""
    md5: str | None
    sha256: str | None
    """In hex, as `md5`; None for a file that is too large to be read in one go."""
    modified_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestProgress:
    """What arrived, without the service's own RequestInfo.json. Counted up while it is checked."""

    count: int = 0
    total_bytes: int = 0
    marker: str | None = None
    """The page of the container's listing that is being read; None for the first."""
    in_page: int = 0
    """How many files of that page are counted."""
    is_listed: bool = False
    """Whether that was all."""
    manifest_sha256: str | None = None
    """SHA-256 of the whole manifest, once it is whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The news of an export's end for one receiver. Its URL is in no field of anything: see `records`."""

    id: str
    """The same for every try, so that the receiver can tell a repetition."""
    target: str
    """The id of a subscription, or `deliveries.CALLBACK`."""
    state: DeliveryState = DeliveryState.PENDING
    tries: int = 0
    next_try_at: datetime | None
    """None once it is over."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of an export's trail: what happened, when, by whom."""

    type: EventType
    at: datetime
    actor: str
    detail: dict[str, str | int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One request to export one subject's data."""

    id: str
    subject: Subject
    status: Status
    stage: Stage
    caller: str
    """The principal that asked for it."""
    created_at: datetime
    begun_at: datetime
    """When it was accepted or last retried: its age counts from here."""
    received_at: datetime
    """When the person's request arrived, which starts the legal clock."""
    due_at: datetime
    updated_at: datetime
    completed_at: datetime | None = None
    next_step_at: datetime | None
    """When to act next; of an ended export the next delivery or its erasure, None once there is nothing to do."""
    reference: str | None = None
    request_digest: str | None = None
    allow_duplicate: bool = False
    """Whether another open export of the same subject is all right."""
    progress: float | None = None
    """As Graph gives it; its scale is not documented."""
    attempts: tuple[Attempt, ...] = ()
    warnings: tuple[ExportWarning, ...] = ()
    error: Problem | None = None
    files: ManifestProgress | None = None
    polls: int = 0
    """How often the present operation was read."""
    failures: int = 0
    """How many calls in a row got no useful answer; drives the backoff."""
    refused_since: datetime | None = None
    """Since when Graph refuses for want of a permission, which can be one that does not count yet."""
    earlier_attempts: int = 0
    """How many attempts were made before the last retry; they don't count against the limit."""
    erase_at: datetime | None = None
    """Of an ended export: when its data is to be erased, None once there is nothing to keep."""
    erased_at: datetime | None = None
    """When the exported data was erased."""
    has_callback: bool = False
    """Whether a URL of the caller's own is kept, to tell the end to."""
    deliveries: tuple[Delivery, ...] = ()
    """Who is told of its present end."""
    event_count: int = 0
    """How many events the trail holds, those in `unsaved` included."""
    unsaved: tuple[Event, ...] = ()
    """Events that are to be stored together with this state."""

    @property
    def attempt(self) -> Attempt | None:
        """The newest attempt."""
        return self.attempts[-1] if self.attempts else None


def with_attempt(export: Export, **changes: Any) -> Export:  # noqa: ANN401 - the fields of an Attempt
    """The export with changes to its present attempt."""
    return replace(export, attempts=(*export.attempts[:-1], replace(current_attempt(export), **changes)))


def current_attempt(export: Export) -> Attempt:
    """The present attempt; ValueError where none was made yet."""
    if export.attempt is None:
        raise ValueError(f"Export {export.id} has no attempt yet.")
    return export.attempt
