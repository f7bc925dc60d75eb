"""The states that an export can reach and what leads from one to another, found by trying everything that can happen.

`find_edges` starts from accepted exports and follows `next_step` and the transitions, with every result of a call,
every refusal and every command of a caller, at the times at which each can make a difference.
"""

import contextlib
import heapq
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache

from shared.exports.audit_trail import add_warning
from shared.exports.callback_results import CallbackResult, Delivered, Gone, NotDelivered
from shared.exports.exceptions import NotPossibleError
from shared.exports.export import Export, ExportWarning, current_attempt, has_stored_policy, sent_at
from shared.exports.fair_submission_order import SLOT_LIFETIME
from shared.exports.grant_lifetime import CLOCK_SKEW, extended_expiry, new_grant
from shared.exports.graph_results import (
    OPERATION_NOT_FOUND,
    STORAGE_ALREADY_USED,
    Accepted,
    NotDone,
    NotedOperation,
    Operation,
    OperationResult,
    OperationStatus,
    Refused,
    ResolveResult,
    SubmitResult,
    Unclear,
)
from shared.exports.handover_package import PackagePart, PackagePlan
from shared.exports.next_step import Step, next_step
from shared.exports.states_and_codes import AttemptStatus, GrantKind, PackageLanguage, Stage, Status, WarningCode
from shared.exports.transitions import (
    abandonment,
    callback_deliveries,
    cancellation,
    data_erasure,
    deadline,
    export_retry,
    failed_call,
    handover_packages,
    handover_to_person,
    lost_submission,
    manifest,
    operation_answer,
    step_failure,
    subject_resolution,
    submission,
    submission_turn,
    write_grant,
)
from tests.exports import samples
from tests.exports.samples import (
    CALLER,
    CONTAINER,
    DAY,
    HANDED_OVER,
    NAMED,
    NOW,
    OPERATION,
    PROBLEM,
    USER,
    accepted,
    subscribed,
)

LIMITS = replace(samples.LIMITS, max_attempts=2, expect_handover=True)
BUSY, LOST_ANSWER = NotDone("busy"), Unclear("no answer")
FORBIDDEN, BAD_REQUEST = Refused(403, "Forbidden", "No."), Refused(400, "BadRequest", "No.")
ALREADY_USED, NOT_FOUND = Refused(400, STORAGE_ALREADY_USED, "Used."), Refused(400, OPERATION_NOT_FOUND, "Unknown.")
PLAN = PackagePlan(number=9, documents=(), parts=(PackagePart(3, 100),), sums_sha256="0" * 64, receipt_sha256="0" * 64)
REFUSED_BY_STORAGE = {Step.PREPARE, Step.SUBMIT, Step.RECOVER, Step.CHECK, Step.PACKAGE, Step.ERASE}
"""The steps in which the export account can refuse; elsewhere a refusal is no more than a warning."""
NEVER_FAILING = {Step.WAIT, Step.ABANDON, Step.END}
"""The steps that call nothing."""


@dataclass(frozen=True, slots=True)
class State:
    """What the diagram shows of an export."""

    status: Status
    stage: Stage
    attempt: AttemptStatus | None


@dataclass(frozen=True, slots=True)
class Edge:
    """A step or a command that leads from one state to another, or changes something else about the export."""

    before: State
    label: str
    after: State


@cache
def find_edges() -> frozenset[Edge]:
    """Every edge that an export can take. Of exports that can go on in the same ways, the youngest is followed."""
    order = itertools.count()
    found = [(NOW, next(order), accepted(subject)) for subject in (USER, NAMED)]
    seen = {_what_can_differ(export) for _, _, export in found}
    edges = set()
    while found:
        at, _, export = heapq.heappop(found)
        for now in _telling_times(export, at):
            for label, after in _what_can_happen(export, now):
                edges.add(Edge(_state(export), label, _state(after)))
                if (key := _what_can_differ(after)) not in seen:
                    seen.add(key)
                    heapq.heappush(found, (now, next(order), samples.without_events(after)))
    return frozenset(edges)


def _state(export: Export) -> State:
    return State(export.status, export.stage, export.attempt.status if export.attempt else None)


def _what_can_differ(export: Export) -> object:
    """Exports that agree in this can go on in the same ways, given time."""
    attempt = export.attempt
    return (
        _state(export),
        export.subject.id is None,
        min(export.failures, LIMITS.max_attempts),
        export.refused_since is None,
        export.slot_at is None,
        len(export.attempts) - export.earlier_attempts,
        attempt and (attempt.grant.kind, attempt.grant.revoked_at is None),
        export.erase_at is None,
        export.erasure_begun_at is None,
        export.handed_over_at is None,
        any(delivery.next_try_at for delivery in export.deliveries),
        export.warn_at is None,
        any(warning.code == WarningCode.GRANT_NOT_REVOKED for warning in export.warnings),
        tuple(package.status for package in export.packages),
    )


def _telling_times(export: Export, at: datetime) -> list[datetime]:
    """The times from `at` on at which something can go another way than before."""
    moments = [at, export.begun_at + LIMITS.abandon_after]
    if export.next_step_at is not None:
        moments += [export.next_step_at, export.next_step_at + DAY]
    if export.refused_since is not None:
        moments.append(export.refused_since + LIMITS.permission_wait)
    if export.slot_at is not None:
        moments.append(export.slot_at + SLOT_LIFETIME)
    if export.attempt is not None:
        moments += [export.attempt.grant.expires_at + CLOCK_SKEW, sent_at(export) + LIMITS.adoption_timeout]
    if export.completed_at is not None:
        moments.append(export.completed_at + callback_deliveries.RETRY_FOR)
    moments += [at for at in (export.erase_at, export.warn_at) if at is not None]
    return sorted({moment for moment in moments if moment >= at})


def _what_can_happen(export: Export, now: datetime) -> Iterator[tuple[str, Export]]:
    """Each step and command that changes the export, with what it makes of it."""
    for label, after in itertools.chain(_do_next_step(export, now), _do_commands(export, now), _come_to(export, now)):
        if after != export:
            yield label, after


def _do_commands(export: Export, now: datetime) -> Iterator[tuple[str, Export]]:
    """What callers may do. A refusal changes nothing."""
    yield "caller cancels", cancellation.request_cancellation(export, CALLER, now)
    with contextlib.suppress(NotPossibleError):
        yield "caller retries", export_retry.reopen(export, CALLER, now)
    with contextlib.suppress(NotPossibleError):
        recorded = handover_to_person.record_handover(export, None, None, CALLER, now)
        yield "caller hands over", recorded
        if recorded != export:
            subscription = subscribed(events=HANDED_OVER)
            yield "caller hands over", callback_deliveries.announce_handover(recorded, [subscription], now)
    with contextlib.suppress(NotPossibleError):
        yield "caller erases", data_erasure.request_erasure(export, CALLER, now)
    with contextlib.suppress(NotPossibleError):
        requested = handover_packages.request_package(export, PackageLanguage.ENGLISH, CALLER, now)
        yield "caller asks for a package", requested


def _come_to(export: Export, now: datetime) -> Iterator[tuple[str, Export]]:
    """What comes to an export that is in the queue."""
    if export.stage is Stage.QUEUED:
        yield "its turn comes", submission_turn.give_slot(export, now)


def _do_next_step(export: Export, now: datetime) -> Iterator[tuple[str, Export]]:
    """What the step can make of the export, with what follows every step (see `shared.workflow.advance_export`)."""
    step = next_step(export, now, LIMITS)
    outcomes = [(step, after) for after in _do_step(step, export, now)]
    if export.stage is Stage.SUBMITTING and current_attempt(export).status is AttemptStatus.SUBMITTING:
        outcomes += [(Step.SUBMIT, after) for after in _end_submission(export, now)]
    for done, after in outcomes:
        settled = failed_call.clear_wait_reason(abandonment.wake_to_abandon(after, LIMITS))
        if settled.status.is_terminal and not export.status.is_terminal:
            yield done.value, callback_deliveries.announce_end(settled, [subscribed()], now)
        yield done.value, settled


def _do_step(step: Step, export: Export, now: datetime) -> Iterator[Export]:
    """Everything that the step can make of the export."""
    if step in RESULTS:
        yield from RESULTS[step](export, now)
    else:
        yield export
    if step in REFUSED_BY_STORAGE:
        after_end = export.status.is_terminal
        refuse = step_failure.record_refusal_after_end if after_end else failed_call.record_storage_refusal
        yield refuse(export, PROBLEM, now, LIMITS)
    if step not in NEVER_FAILING:
        yield step_failure.record_step_failure(export, PROBLEM, now, LIMITS)
        if not export.status.is_terminal:
            yield step_failure.end_as_too_large(export, now, LIMITS)


def _resolve(export: Export, now: datetime) -> Iterator[Export]:
    results: list[ResolveResult] = [USER.id or "", BUSY, LOST_ANSWER, FORBIDDEN, BAD_REQUEST]
    for result in results:
        resolved = subject_resolution.apply_resolve_result(export, result, now, LIMITS)
        yield resolved
        if resolved.subject.id is not None:
            yield subject_resolution.fail_as_duplicate(resolved, "another", now, LIMITS)


def _queue(export: Export, now: datetime) -> Iterator[Export]:
    yield submission_turn.give_slot(export, now)
    yield submission_turn.join_queue(export, now + DAY, now, LIMITS)


def _prepare(export: Export, now: datetime) -> Iterator[Export]:
    for kind in GrantKind:
        yield submission.start_attempt(export, CONTAINER, new_grant(kind, now), now, LIMITS)


def _begin_submission(export: Export, now: datetime) -> Iterator[Export]:
    """The part of the step that is stored before Graph is called."""
    grant = current_attempt(export).grant
    if (expires_at := extended_expiry(grant, now)) is not None:
        yield write_grant.wait_for_policy(write_grant.extend_grant(export, expires_at, now), now, LIMITS)
    else:
        current = grant if has_stored_policy(grant) else new_grant(grant.kind, now)
        yield submission.mark_submitting(export, current, now, LIMITS)


def _end_submission(export: Export, now: datetime) -> Iterator[Export]:
    results: list[SubmitResult] = [Accepted(OPERATION, 60), BUSY, LOST_ANSWER, ALREADY_USED, FORBIDDEN, BAD_REQUEST]
    for result in results:
        yield submission.apply_submit_result(export, result, now, LIMITS)


def _recover(export: Export, now: datetime) -> Iterator[Export]:
    for noted in (None, NotedOperation(None)):
        yield lost_submission.apply_recovery_result(export, noted, None, now, LIMITS)
    results: list[OperationResult] = [Operation(OperationStatus.RUNNING), BUSY, LOST_ANSWER, NOT_FOUND, FORBIDDEN]
    for result in results:
        yield lost_submission.apply_recovery_result(export, NotedOperation(OPERATION), result, now, LIMITS)


def _poll(export: Export, now: datetime) -> Iterator[Export]:
    results: list[OperationResult] = [*map(Operation, OperationStatus), BUSY, LOST_ANSWER, NOT_FOUND, FORBIDDEN]
    for result in results:
        yield operation_answer.apply_operation_result(export, result, now, LIMITS)


def _check(export: Export, now: datetime) -> Iterator[Export]:
    yield manifest.record_slow_file(export, 1, now, LIMITS)
    yield manifest.wait_for_other_files(export, now, LIMITS)
    yield manifest.add_files(export, [], 0, "next page", now)
    yield manifest.complete_manifest(manifest.add_files(export, [], 0, None, now), "0" * 64, now, LIMITS)


def _abandon(export: Export, now: datetime) -> Iterator[Export]:
    yield abandonment.abandon(export, now, LIMITS)


def _cancel(export: Export, now: datetime) -> Iterator[Export]:
    yield cancellation.cancel(export, now, LIMITS)


def _revoke(export: Export, now: datetime) -> Iterator[Export]:
    yield add_warning(export, ExportWarning(WarningCode.GRANT_NOT_REVOKED, "No."), now)
    for attempt in write_grant.attempts_to_revoke(export):
        yield (export := write_grant.mark_grant_revoked(export, attempt, now))


def _notify(export: Export, now: datetime) -> Iterator[Export]:
    results: list[CallbackResult] = [Delivered(), Gone("Gone."), NotDelivered("No.")]
    first = callback_deliveries.due_deliveries(export, now)[0]
    for result in results:
        yield callback_deliveries.apply_callback_result(export, first, result, now, LIMITS)


def _package(export: Export, now: datetime) -> Iterator[Export]:
    package = handover_packages.due_package(export, now)
    assert package is not None
    planned = replace(package, plan=PLAN)
    yield handover_packages.advance_package(export, planned, now)
    yield handover_packages.mark_package_made(export, planned, now)
    yield handover_packages.fail_package(export, planned, PROBLEM, now)


def _warn(export: Export, now: datetime) -> Iterator[Export]:
    yield deadline.warn_of_deadline(export, now, LIMITS.due_soon)


def _erase(export: Export, now: datetime) -> Iterator[Export]:
    if export.erasure_begun_at is None:
        yield data_erasure.begin_erasure(export, now)
    else:
        yield data_erasure.mark_erased(export, now)


RESULTS: dict[Step, Callable[[Export, datetime], Iterator[Export]]] = {
    Step.RESOLVE: _resolve,
    Step.QUEUE: _queue,
    Step.PREPARE: _prepare,
    Step.SUBMIT: _begin_submission,
    Step.RECOVER: _recover,
    Step.POLL: _poll,
    Step.CHECK: _check,
    Step.CANCEL: _cancel,
    Step.ABANDON: _abandon,
    Step.REVOKE: _revoke,
    Step.NOTIFY: _notify,
    Step.PACKAGE: _package,
    Step.WARN: _warn,
    Step.ERASE: _erase,
}
"""What each step can make of an export, if the export account does not refuse. `WAIT` and `END` do nothing."""
