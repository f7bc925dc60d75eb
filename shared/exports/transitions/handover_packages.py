"""A package of an export is requested, made step by step, and is ready or given up."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.exports import polling_and_backoff
from shared.exports.audit_trail import add_event
from shared.exports.exceptions import NotPossibleError
from shared.exports.export import Export, Problem
from shared.exports.handover_package import Package, with_package
from shared.exports.states_and_codes import EventType, PackageErrorCode, PackageStatus, Status
from shared.exports.timestamps import to_iso
from shared.exports.transitions.next_due_time import schedule_after_end

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.configured_limits import Limits
    from shared.exports.states_and_codes import PackageLanguage

GIVE_UP_AFTER = timedelta(days=1)
"""How long the steps of a package may fail in a row; then it has failed."""


def require_files(export: Export) -> None:
    """Checks that an export has files to hand out.

    Raises:
        NotPossibleError: it has not succeeded, or its data is erased or about to be.
    """
    if export.status is not Status.SUCCEEDED:
        raise NotPossibleError("ExportNotSucceeded", "The export has no files: it has not succeeded. See its status.")
    if export.erased_at is not None:
        raise NotPossibleError("DataErased", "The exported data was erased. Request another export.")
    if export.erasure_begun_at is not None:
        raise NotPossibleError("ErasureBegun", "The exported data is being erased. Request another export.")


def find_package(export: Export, language: PackageLanguage) -> Package | None:
    """The package in that language, None where nobody has requested it or it was erased."""
    return next((each for each in export.packages if each.language is language), None)


def needed_package(export: Export, language: PackageLanguage) -> Package:
    """The package in that language; LookupError where there is none."""
    found = find_package(export, language)
    if found is None:
        raise LookupError(language)
    return found


def request_package(export: Export, language: PackageLanguage, actor: str, now: datetime) -> Export:
    """Adds a package in that language. One that is made or being made stays; one that failed is begun anew.

    Raises:
        NotPossibleError: as `require_files`.
    """
    require_files(export)
    present = find_package(export, language)
    if present is not None and present.status is not PackageStatus.FAILED:
        return export
    requested = _replace(export, Package(language=language, requested_at=now, next_step_at=now), now)
    return add_event(requested, EventType.PACKAGE_REQUESTED, now, actor=actor, language=language)


def due_package(export: Export, now: datetime) -> Package | None:
    """The package whose step has been due for the longest time; None if there is none, or the data is being erased."""
    if export.erasure_begun_at is not None:
        return None
    due = [(each.next_step_at, each.language, each) for each in export.packages if each.next_step_at is not None]
    return min(due)[2] if due and min(due)[0] <= now else None


def advance_package(export: Export, package: Package, now: datetime) -> Export:
    """Records how far a step has come. The next one is due at once."""
    return _replace(export, replace(package, next_step_at=now, failures=0, failing_since=None), now)


def mark_package_made(export: Export, package: Package, now: datetime) -> Export:
    """Records that all zips of a package are there.

    Raises:
        ValueError: the package has no plan.
    """
    if package.plan is None:
        raise ValueError(f"A package of export {export.id} has no plan.")
    made = replace(package, status=PackageStatus.READY, made_at=now, next_step_at=None, failures=0, failing_since=None)
    return add_event(
        _replace(export, made, now),
        EventType.PACKAGE_MADE,
        now,
        language=package.language,
        parts=len(package.plan.parts),
        totalBytes=package.plan.total_bytes,
        sha256SumsSha256=package.plan.sums_sha256,
        receiptSha256=package.plan.receipt_sha256,
    )


def fail_package(export: Export, package: Package, problem: Problem, now: datetime) -> Export:
    """Records that a package can't be made. Whoever wants it may request it again."""
    failed = replace(package, status=PackageStatus.FAILED, next_step_at=None, error=problem)
    detail = {"language": package.language, "code": problem.code, "message": problem.message}
    return add_event(_replace(export, failed, now), EventType.PACKAGE_FAILED, now, **detail)


def back_off_package(export: Export, package: Package, problem: Problem, now: datetime, limits: Limits) -> Export:
    """Lets a package wait after a step that failed, longer after each one in a row; after a day it has failed."""
    since = package.failing_since or now
    if now >= since + GIVE_UP_AFTER:
        return fail_package(export, package, problem, now)
    failures = package.failures + 1
    jitter = polling_and_backoff.jitter(export.id, package.language, failures)
    wait = polling_and_backoff.backoff(failures, limits.poll_floor, jitter=jitter)
    again_at = min(now + wait, since + GIVE_UP_AFTER)
    waiting = replace(package, next_step_at=again_at, failures=failures, failing_since=since)
    return add_event(
        _replace(export, waiting, now),
        EventType.BACKED_OFF,
        now,
        language=package.language,
        reason=problem.message,
        code=problem.code,
        until=to_iso(again_at),
    )


def drop_packages(export: Export, now: datetime) -> Export:
    """Forgets the packages of an export whose data is erased. The trail says what became of each."""
    message = "The exported data was erased before the package was made."
    problem = Problem(PackageErrorCode.DATA_ERASED, message)
    for package in export.packages:
        if package.status is PackageStatus.BUILDING:
            export = fail_package(export, package, problem, now)
    return replace(export, packages=())


def _replace(export: Export, package: Package, now: datetime) -> Export:
    return schedule_after_end(replace(export, packages=with_package(export.packages, package), updated_at=now))
