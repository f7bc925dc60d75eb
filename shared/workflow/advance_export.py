"""Carries out the next step of an export: reads it, does what its state calls for, stores what came of it.

All that an export needs is in its row, so a step can be repeated, interrupted or done by another process. What a step
may have done outside before it was interrupted is found out by the step that follows (`Step.RECOVER`).
"""

from __future__ import annotations

import contextlib
import logging
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, ClassVar

from shared.exports.audit_trail import add_warning
from shared.exports.exceptions import ConflictError, SlotsBusyError, StorageRefusedError, SubjectBusyError
from shared.exports.export import (
    Export,
    ExportWarning,
    File,
    ManifestProgress,
    current_attempt,
    has_stored_policy,
    is_running,
    next_attempt_number,
)
from shared.exports.graph_results import NotDone, SubmitResult
from shared.exports.next_step import Step, next_look_at, next_step
from shared.exports.states_and_codes import WarningCode
from shared.exports.transitions import (
    acceptance,
    callback_deliveries,
    cancellation,
    data_erasure,
    deadline,
    ending,
    lost_submission,
    manifest,
    operation_answer,
    submission,
    write_grant,
)
from shared.exports.transitions.manifest import ManifestHash
from shared.exports.transitions.write_grant import extended_expiry, new_grant
from shared.telemetry.spans import span
from shared.workflow.steps.deliver_callbacks import deliver_callbacks

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from shared.records.export_records import SavedExport
    from shared.services import Services

CHECK_TIME_LIMIT = timedelta(minutes=2)
"""How long one step reads files; together with one file of the largest size it stays below the host's time-out."""
_log = logging.getLogger(__name__)


async def advance_export(export_id: str, services: Services) -> datetime | None:
    """Does the next step of an export.

    Returns:
        When to come back (a time that has passed means at once), None where the export has ended or does not exist.
    """
    saved = await services.records.get(export_id)
    if saved is None:
        _log.warning("There is no export %s: its monitor ends.", export_id)
        return None
    step = next_step(saved.export, services.now())
    try:
        export = await _run_step(saved, step, services)
    except SlotsBusyError:
        return services.now() + services.settings.limits.poll_floor
    except ConflictError:
        # Somebody else moved it. Their step decides what is next, so wait as for a first retry and look again.
        await _withdraw(export_id, services)
        return services.now() + services.settings.limits.poll_floor
    return next_look_at(export, services.now(), services.settings.limits)


async def _run_step(saved: SavedExport, step: Step, services: Services) -> Export:
    """Does the step, in a span of its own."""
    before = saved.export
    attributes = {
        "export.id": before.id,
        "export.step": step.value,
        "export.stage.before": before.stage.value,
        "export.attempt": len(before.attempts),
    }
    with span(f"export {step}", attributes) as recording:
        after = await _Advance(saved, services).run(step)
        recording.set_attribute("export.stage.after", after.stage.value)
        recording.set_attribute("export.attempt", len(after.attempts))
    _log.info("Export %s: %s.", before.id, step)
    return after


async def _withdraw(export_id: str, services: Services) -> None:
    """Takes back what a step may have given an attempt that somebody else has ended meanwhile."""
    saved = await services.records.get(export_id)
    for attempt in () if saved is None else write_grant.attempts_past_writing(saved.export):
        with contextlib.suppress(StorageRefusedError):  # the sweeper tries again
            await services.grants.remove_policy(attempt.container)


class _Advance:
    """One step of one export; it keeps what is stored, so that a step of two states can store both."""

    def __init__(self, saved: SavedExport, services: Services) -> None:
        self._saved = saved
        self._services = services
        self._rules = services.settings.limits
        self._lines: list[File] = []
        """Lines of the manifest that are to be stored with the state."""

    async def run(self, step: Step) -> Export:
        """Does the step and gives the export as it is stored after it."""
        if step is Step.END:
            return self._saved.export
        try:
            export = await self._moves[step](self)
        except StorageRefusedError as error:
            self._lines = []  # they are not counted in this state
            export = submission.record_storage_refusal(self._saved.export, error.problem, self._now, self._rules)
        export = ending.abandon_if_too_old(export, self._now, self._rules)
        export = deadline.warn_of_deadline(export, self._now, self._rules.due_soon)
        if export.status.is_terminal and not self._saved.export.status.is_terminal:
            export = callback_deliveries.announce_end(export, await self._services.subscriptions.all(), self._now)
        if export != self._saved.export:
            await self._save(export)
        await self._revoke_unused()
        return self._saved.export

    async def _wait(self) -> Export:
        return self._saved.export

    async def _resolve(self) -> Export:
        export = self._saved.export
        answer = await self._services.graph.resolve_user(export.subject.principal_name or "")
        resolved = acceptance.apply_resolve_result(export, answer, self._now, self._rules)
        if resolved.subject.id is None:
            return resolved
        try:
            await self._services.records.enter(resolved)
        except SubjectBusyError as error:
            return acceptance.fail_as_duplicate(resolved, error.export_id, self._now, self._rules)
        return resolved

    async def _prepare(self) -> Export:
        export, now = self._saved.export, self._now
        grant = new_grant(self._services.settings.grant, now)
        name = self._services.containers.name(export.id, next_attempt_number(export))
        container = await self._services.containers.create(name)
        if has_stored_policy(grant):
            await self._services.grants.set_policy(container, grant.expires_at, now)
        slot = await self._services.pacer.reserve(self._now)
        return submission.start_attempt(export, container, grant, self._now, self._rules, slot=slot)

    async def _submit(self) -> Export:
        attempt, begun = current_attempt(self._saved.export), self._now
        longer = extended_expiry(attempt.grant, begun)
        if longer is not None:  # it waited for days
            await self._services.grants.set_policy(attempt.container, longer, begun)
            return write_grant.wait_for_policy(
                write_grant.extend_grant(self._saved.export, longer, begun), begun, self._rules
            )
        # A user delegation begins now; a stored policy is there already.
        grant = attempt.grant if has_stored_policy(attempt.grant) else new_grant(attempt.grant.kind, begun)
        # The signed URL lives in this function alone.
        url = await self._services.grants.url(attempt.container, grant, begun)
        await self._save(submission.mark_submitting(self._saved.export, grant, self._now, self._rules))
        export = self._saved.export
        if submission.is_too_late_to_submit(export, self._now, self._rules):
            answer: SubmitResult = NotDone("Storage was too slow: the submission would outlast its grace time.")
        else:
            answer = await self._services.graph.submit_export(export.subject, url)
        return submission.apply_submit_result(export, answer, self._now, self._rules)

    async def _recover(self) -> Export:
        export = self._saved.export
        operation_id = await self._services.containers.operation_id(current_attempt(export).container)
        answer = None if operation_id is None else await self._services.graph.read_operation(operation_id)
        return lost_submission.apply_recovery_result(export, operation_id, answer, self._now, self._rules)

    async def _poll(self) -> Export:
        export = self._saved.export
        answer = await self._services.graph.read_operation(current_attempt(export).operation_id or "")
        return await self._extend(operation_answer.apply_operation_result(export, answer, self._now, self._rules))

    async def _extend(self, export: Export) -> Export:
        """Lets a stored policy last longer while Microsoft is at work."""
        longer = extended_expiry(current_attempt(export).grant, self._now) if is_running(export) else None
        if longer is None:
            return export
        try:
            await self._services.grants.set_policy(current_attempt(export).container, longer, self._now)
        except StorageRefusedError as error:
            return add_warning(export, ExportWarning(WarningCode.GRANT_NOT_EXTENDED, error.problem.message), self._now)
        return write_grant.extend_grant(export, longer, self._now)

    async def _check(self) -> Export:
        """Makes some more of the manifest: one page of the listing at most, for `CHECK_TIME` at most."""
        await self._revoke_unused()
        export = self._saved.export
        container = current_attempt(export).container
        until, before = self._now + CHECK_TIME_LIMIT, export.files or ManifestProgress()
        page = await self._services.containers.page(container, before.marker)
        for listed in page.files[before.in_page :]:
            self._lines.append(await self._services.containers.read(container, listed))
            if self._now >= until:
                break
        export = manifest.add_files(export, self._lines, len(page.files), page.marker, self._now)
        if export.files is not None and export.files.is_listed:
            return manifest.complete_manifest(export, await self._manifest_hash(export), self._now, self._rules)
        return export

    async def _manifest_hash(self, export: Export) -> str:
        manifest = ManifestHash()
        async for file in self._services.records.files(export):
            manifest.add(file)
        for file in self._lines:
            manifest.add(file)
        return manifest.hexdigest()

    async def _cancel(self) -> Export:
        await self._revoke_unused()
        return cancellation.cancel(self._saved.export, self._now, self._rules)

    async def _erase(self) -> Export:
        export = self._saved.export
        for attempt in export.attempts:
            await self._services.containers.erase(attempt.container)
        await self._services.records.erase_files(export.id)
        return data_erasure.mark_erased(export, self._now)

    async def _notify(self) -> Export:
        return await deliver_callbacks(self._saved.export, self._services)

    async def _revoke_unused(self) -> None:
        """Takes away the grants that have no use any more: only of attempts that are stored as over.

        What a step is about to decide does not count yet: of two steps that run at once, the loser's decision would hit
        the winner's attempt.
        """
        export = self._saved.export
        for attempt in write_grant.attempts_to_revoke(export):
            try:
                await self._services.grants.remove_policy(attempt.container)
            except StorageRefusedError as error:
                export = add_warning(
                    export, ExportWarning(WarningCode.GRANT_NOT_REVOKED, error.problem.message), self._now
                )
            else:
                export = write_grant.mark_grant_revoked(export, attempt, self._now)
        if export != self._saved.export:
            await self._save(export)

    async def _save(self, export: Export) -> None:
        self._saved = await self._services.records.save(self._saved, export, self._lines)
        self._lines = []

    @property
    def _now(self) -> datetime:
        return self._services.now()

    _moves: ClassVar[dict[Step, Callable[[_Advance], Awaitable[Export]]]] = {
        Step.WAIT: _wait,
        Step.REVOKE: _wait,
        Step.RESOLVE: _resolve,
        Step.PREPARE: _prepare,
        Step.SUBMIT: _submit,
        Step.RECOVER: _recover,
        Step.POLL: _poll,
        Step.CHECK: _check,
        Step.CANCEL: _cancel,
        Step.ERASE: _erase,
        Step.NOTIFY: _notify,
    }
