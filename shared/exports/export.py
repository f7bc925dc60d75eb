"""An export, its subject, attempts, files and deliveries as plain values. All times are aware and in UTC."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from shared.exports.states_and_codes import (
    AttemptStatus,
    DeliveryEvent,
    DeliveryState,
    EventType,
    GrantKind,
    HandoverMethod,
    Stage,
    Status,
    SubjectType,
)

if TYPE_CHECKING:
    from datetime import datetime, timedelta

    from shared.exports.handover_package import Package

FUNCTION_KEY_CALLER = "functionKey"
"""The caller where a function key was used, because a key names no person."""
CALLBACK_TARGET = "callback"
"""The target of the delivery to the caller's own URL, which came with the request."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The person whose data is exported."""

    type: SubjectType
    id: str | None
    """The object id in Microsoft Entra; None until the principal name is resolved."""
    principal_name: str | None = None
    """The name by which a user was requested; dropped once the id is known, and at the end of the export."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportRequest:
    """What a caller asks for."""

    subject: Subject
    reference: str | None = None
    """The caller's own reference, such as a ticket number."""
    received_at: datetime | None = None
    """When the person's request arrived; None for now."""
    due_at: datetime | None = None
    """The deadline; None for the deployment's usual time after the receipt (`Limits.due_after`)."""
    digest: str | None = None
    """SHA-256 of the request in hex, which tells a repeated request from another one under the same idempotency key."""
    allow_duplicate: bool = False
    """Whether the subject may have another open export."""
    callback_url: str | None = field(default=None, repr=False)
    """Where to report the end. A secret, because it may carry a signature; so an `Export` does not have it."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Microsoft's right to write into one container. The signed URL is in no field: see `ExportContainers`."""

    kind: GrantKind
    expires_at: datetime
    """When the right ends; a stored policy can be extended."""
    revoked_at: datetime | None = None
    """When the stored policy was removed; None while it is there, and for a user delegation, which can't be revoked."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why something failed."""

    code: str
    """For programs: an `ErrorCode`, or the code that Graph or storage gave."""
    message: str
    """For people: what happened, then what to do."""


@dataclass(frozen=True, slots=True)
class ExportWarning:
    """Something that a person should look at, although the export goes on or has succeeded."""

    code: str
    """For programs: a `WarningCode`."""
    message: str
    """For people: what happened, then what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One submission to Graph: one container, one grant, at most one operation."""

    number: int
    """1 for the first attempt of the export; a retry by a caller counts on."""
    container: str
    """The container's URL, without a query."""
    grant: Grant
    status: AttemptStatus
    started_at: datetime
    """When its container and grant were ready."""
    sent_at: datetime | None = None
    """When Graph was last about to be called; None before, and if Graph is known to have done nothing."""
    operation_id: str | None = None
    """Graph's id of the operation; None until it is known."""
    submitted_at: datetime | None = None
    """When the operation id became known; the operation's age counts from here."""
    error: Problem | None = None
    """Why it brought no data; None if it did or still may."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One file that arrived: a line of the manifest."""

    name: str
    size: int
    """In bytes."""
    md5: str | None
    """In hex; None for a file that is too large to be hashed."""
    sha256: str | None
    """In hex; None for a file that is too large to be hashed."""
    modified_at: datetime
    """When Microsoft last wrote it."""
    crc32: int | None = None
    """CRC-32 of its bytes, which a zip needs; None until they were read for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ManifestProgress:
    """How much of the manifest is made. Microsoft's own RequestInfo.json does not count as a file."""

    count: int = 0
    """The files so far."""
    total_bytes: int = 0
    """Their size."""
    marker: str | None = None
    """Where the page of the container's listing that is being hashed starts; None for the first page."""
    in_page: int = 0
    """How many files of that page are done."""
    is_listed: bool = False
    """Whether every page is done."""
    tries: int = 0
    """How many times hashing the next file took too long."""
    manifest_sha256: str | None = None
    """SHA-256 of the whole manifest, in hex; None until it is complete."""


@dataclass(frozen=True, slots=True)
class TrailHead:
    """How far an audit trail had come at some moment. Whoever keeps it can tell later whether the trail was changed."""

    event_count: int
    """How many events it had."""
    sha256: str
    """The hash of the last of them, in hex (`audit_trail`)."""


@dataclass(frozen=True, slots=True)
class Hold:
    """Keeps the exported data from being erased, for example because a court wants it."""

    placed_at: datetime
    reason: str
    """The caller's own words."""
    actor: str
    """The principal that placed it."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """What the deliveries of one event tell: every try of each says the same."""

    event: DeliveryEvent
    at: datetime
    """When it was announced: deliveries are tried for a day from then on."""
    trail: TrailHead | None
    """The head of the audit trail at that time; None where the trail had no hashes yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The callback that tells one receiver of something about an export. Its URL is kept apart, as a secret."""

    id: str
    """The same for every try, so that the receiver can recognise a repetition."""
    target: str
    """The id of a subscription, or `CALLBACK_TARGET`."""
    event: DeliveryEvent = DeliveryEvent.ENDED
    """What it reports."""
    state: DeliveryState = DeliveryState.PENDING
    tries: int = 0
    """How many times it was sent."""
    next_try_at: datetime | None
    """When to send it next; None if it is not sent again."""


@dataclass(frozen=True, slots=True)
class Event:
    """One line of an export's audit trail: what happened, when, and who did it."""

    type: EventType
    at: datetime
    actor: str
    """The principal that did it: an object id or `functionKey`; `MONITOR_ACTOR` where no caller asked for it."""
    detail: dict[str, str | int] = field(default_factory=dict)
    number: int = field(kw_only=True)
    """Its place in the trail, from 1."""
    previous_sha256: str | None = None
    """The hash of the event before; None for the first event that has a hash."""
    sha256: str | None = None
    """The hash of this event, in hex, with that of the event before in it; None for one of an earlier version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """One request to export one subject's data, from its acceptance to the erasure of the data."""

    id: str
    """A GUID in lower case."""
    subject: Subject
    status: Status
    stage: Stage
    caller: str
    """The principal that requested it: an object id, or `functionKey`."""
    created_at: datetime
    """When it was accepted."""
    begun_at: datetime
    """When it was accepted or last retried; its age counts from here."""
    received_at: datetime
    """When the person's request arrived."""
    due_at: datetime
    """The deadline: when the person must have the answer. It only causes warnings.

    While the clock is paused it is the deadline as it was before: the pause is added once it is over.
    """
    updated_at: datetime
    """When its state last changed."""
    paused_at: datetime | None = None
    """Since when the clock that runs towards the deadline is paused; None if it is not."""
    completed_at: datetime | None = None
    """When it ended; None while it is open."""
    awaits_handover: bool = False
    """Whether it has succeeded, and its clock runs on until the person is answered."""
    warn_at: datetime | None = None
    """When to warn of the deadline next, after the end; None while it is open, and if there is nothing to warn of."""
    handed_over_at: datetime | None = None
    """When the person was answered; None until that is recorded."""
    handover_method: HandoverMethod | None = None
    """How the person was answered; None if nobody said."""
    next_step_at: datetime | None
    """When the next step is due. After the end that is the first of what is left to do; None if nothing is."""
    reference: str | None = None
    """The caller's own reference, such as a ticket number."""
    request_digest: str | None = None
    """`ExportRequest.digest`."""
    allow_duplicate: bool = False
    """Whether the subject may have another open export."""
    progress: float | None = None
    """The operation's progress as Graph reports it; its scale is not documented."""
    attempts: tuple[Attempt, ...] = ()
    """All attempts, in order; those before a retry stay."""
    warnings: tuple[ExportWarning, ...] = ()
    """One for each code at most."""
    error: Problem | None = None
    """Why it failed; None unless it did."""
    files: ManifestProgress | None = None
    """What arrived; None until Microsoft has finished. It outlives the erasure of the data."""
    polls: int = 0
    """How many times Graph has told the state of the current operation."""
    failures: int = 0
    """How many calls in a row failed; the backoff grows with it."""
    refused_since: datetime | None = None
    """Since when Graph has refused for a missing permission (`Limits.permission_wait`); None if it does not."""
    wait_reason: str | None = None
    """Why the last call failed; None where `failures` is 0."""
    graph_retry_at: datetime | None = None
    """Before this time Graph takes no submission for this export, as Graph said; None if it said nothing."""
    slot_at: datetime | None = None
    """When it was given the turn to be submitted that it has not used yet; None without one."""
    expected_at: datetime | None = None
    """When its turn is expected; None unless it is queued."""
    retries: int = 0
    """How many times a caller has retried it."""
    earlier_attempts: int = 0
    """How many attempts were made before the last retry; they don't count towards `Limits.max_attempts`."""
    erase_at: datetime | None = None
    """When the exported data is to be erased; None while it is open, and if there is no data to erase (any more)."""
    erasure_begun_at: datetime | None = None
    """When the erasure was begun; from then on data may be gone. None before, and after a retry."""
    erased_at: datetime | None = None
    """When the exported data was erased; None if it was not."""
    hold: Hold | None = None
    """What keeps the data from being erased; None if nothing does."""
    has_callback: bool = False
    """Whether the caller's own callback URL is still stored."""
    packages: tuple[Package, ...] = ()
    """The packages that were requested, one for each language at most; none once the data is erased."""
    announcements: tuple[Announcement, ...] = ()
    """One for each event at most; none for an end that an earlier version announced."""
    deliveries: tuple[Delivery, ...] = ()
    """The callbacks that report its end and its hand-over, one for each receiver; empty while it is open."""
    event_count: int = 0
    """How many events its trail has, those in `unsaved` included."""
    trail_sha256: str | None = None
    """The hash of the newest event; None if no event of its trail has one."""
    unsaved: tuple[Event, ...] = ()
    """Events that are still to be stored, together with this state."""

    @property
    def attempt(self) -> Attempt | None:
        """The current attempt, which is the newest; None before the first. If there must be one: `current_attempt`."""
        return self.attempts[-1] if self.attempts else None


def current_attempt(export: Export) -> Attempt:
    """The current attempt of an export that must have one.

    Raises:
        ValueError: the export has no attempt yet.
    """
    if export.attempt is None:
        raise ValueError(f"Export {export.id} has no attempt yet.")
    return export.attempt


def with_attempt(export: Export, **changes: Any) -> Export:  # noqa: ANN401 - the fields of an Attempt
    """Changes fields of the current attempt."""
    return replace(export, attempts=(*export.attempts[:-1], replace(current_attempt(export), **changes)))


def next_attempt_number(export: Export) -> int:
    """The number of the attempt that comes next."""
    return len(export.attempts) + 1


def is_running(export: Export) -> bool:
    """Whether Microsoft is working on the current attempt."""
    return export.attempt is not None and export.attempt.status is AttemptStatus.RUNNING


def sent_at(export: Export) -> datetime:
    """When Graph was last about to be called for the current attempt; before that, when the attempt was ready."""
    attempt = current_attempt(export)
    return attempt.sent_at or attempt.started_at


def operation_age(export: Export, now: datetime) -> timedelta:
    """How long ago the operation of the current attempt became known.

    Raises:
        ValueError: the current attempt has no operation.
    """
    submitted_at = current_attempt(export).submitted_at
    if submitted_at is None:
        raise ValueError(f"Export {export.id} has no operation yet.")
    return now - submitted_at


def ended_at(export: Export) -> datetime:
    """When an ended export ended.

    Raises:
        ValueError: the export is open.
    """
    if export.completed_at is None:
        raise ValueError(f"Export {export.id} has not ended.")
    return export.completed_at


def announcement_of(export: Export, event: DeliveryEvent) -> Announcement | None:
    """What its callbacks tell of an event; None if it was not announced, or an earlier version did that."""
    return next((each for each in export.announcements if each.event is event), None)


def has_stored_policy(grant: Grant) -> bool:
    """Whether the grant rests on a stored access policy of the container, which can be extended and removed."""
    return grant.kind is GrantKind.STORED_POLICY
