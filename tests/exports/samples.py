"""Exports at the points of their life from which tests start."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from shared.exports.calendar_period import CalendarPeriod
from shared.exports.configured_limits import Limits
from shared.exports.export import Export, ExportRequest, File, Problem, Subject
from shared.exports.grant_lifetime import new_grant
from shared.exports.graph_results import Accepted, Operation, OperationStatus
from shared.exports.states_and_codes import AttemptStatus, DeliveryEvent, GrantKind, Status, SubjectType
from shared.exports.subscription import LIFETIME, Subscription
from shared.exports.transitions import (
    acceptance,
    cancellation,
    ending,
    manifest,
    operation_answer,
    submission,
    submission_turn,
    write_grant,
)

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
LIMITS = Limits(
    poll_floor=30 * SECOND,
    policy_delay=30 * SECOND,
    graph_timeout=60 * SECOND,
    permission_wait=HOUR,
    abandon_after=35 * DAY,
    retain_for=30 * DAY,
    due_after=CalendarPeriod(days=30),
    due_soon=5 * DAY,
    max_attempts=3,
    submissions_per_day=1000,
)
USER = Subject(SubjectType.USER, "0b0f2a34-9f3f-4d0f-8a6b-54a4c1b6f001")
NAMED = Subject(SubjectType.USER, None, "ana@contoso.example")
OPERATION = "d007e3da-cd9b-4b02-8d66-422403c53e3f"
CONTAINER = "https://exports.blob.core.windows.net/export-1-1"
CALLER = "7a3b1c52-1111-4222-8333-944455556666"
PROBLEM = Problem("X", "x")


def accepted(subject: Subject = USER, received_at: datetime | None = None, due_at: datetime | None = None) -> Export:
    """Just requested."""
    return acceptance.accept(
        ExportRequest(subject=subject, received_at=received_at, due_at=due_at),
        "3c0ff6de-3a3e-4f2b-a7a6-3f9a9f6c7e10",
        CALLER,
        NOW,
        due_after=LIMITS.due_after,
        correlation={"requestId": "r1"},
    )


def ready(kind: GrantKind = GrantKind.STORED_POLICY) -> Export:
    """With a slot, a container and a grant."""
    granted = submission_turn.give_slot(accepted(), NOW)
    return submission.start_attempt(granted, CONTAINER, new_grant(kind, NOW), NOW, LIMITS)


def submitting(kind: GrantKind = GrantKind.STORED_POLICY) -> Export:
    """Graph is being called."""
    return submission.mark_submitting(ready(kind), new_grant(kind, NOW), NOW, LIMITS)


def running(kind: GrantKind = GrantKind.STORED_POLICY) -> Export:
    """Microsoft is exporting."""
    return submission.apply_submit_result(submitting(kind), Accepted(OPERATION, 60), NOW, LIMITS)


def complete() -> Export:
    """Microsoft says that it has finished."""
    return operation_answer.apply_operation_result(running(), Operation(OperationStatus.COMPLETE), NOW + DAY, LIMITS)


def succeeded(count: int = 1, total_bytes: int = 1, now: datetime = NOW + DAY) -> Export:
    """Succeeded with this number of files, which have this size together."""
    size, rest = divmod(total_bytes, count) if count else (0, 0)
    files = [
        File(name=f"f{n}", size=size + (rest if n == 0 else 0), md5="0" * 32, sha256="0" * 64, modified_at=now)
        for n in range(count)
    ]
    arrived = write_grant.mark_grant_revoked(complete(), complete().attempts[0], now)
    return manifest.complete_manifest(manifest.add_files(arrived, files, count, None, now), "0" * 64, now, LIMITS)


def failed() -> Export:
    """Failed while Microsoft was exporting."""
    return ending.fail(running(), PROBLEM, NOW, LIMITS)


def canceled(export: Export) -> Export:
    """That export, canceled by a caller."""
    return cancellation.cancel(cancellation.request_cancellation(export, CALLER, NOW), NOW, LIMITS)


def without_events(export: Export) -> Export:
    """As it reads back from the records."""
    return replace(export, unsaved=())


def attempt_status(export: Export) -> AttemptStatus | None:
    """The status of its current attempt."""
    return None if export.attempt is None else export.attempt.status


def event_types(export: Export) -> list[str]:
    """The types of its events that are still to be stored."""
    return [event.type for event in export.unsaved]


def warning_codes(export: Export) -> list[str]:
    """The codes of its warnings."""
    return [warning.code for warning in export.warnings]


ENDED, HANDED_OVER = frozenset({DeliveryEvent.ENDED}), frozenset({DeliveryEvent.HANDED_OVER})
"""What a subscription can be to hear of; both together: `ENDED | HANDED_OVER`."""


def subscribed(
    name: str = "s",
    *statuses: Status,
    reference: str | None = None,
    caller: str = CALLER,
    now: datetime = NOW,
    events: frozenset[DeliveryEvent] = ENDED,
) -> Subscription:
    """A subscription to these events of exports with these statuses (without any: with all), made at that time."""
    return Subscription(
        id=name,
        caller=caller,
        created_at=now,
        expires_at=now + LIFETIME,
        events=events,
        statuses=frozenset(statuses),
        reference=reference,
        secret_id=f"secret-of-{name}",
    )
