"""Revokes write grants, finishes a cancellation, and erases exported data."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.audit_trail import add_warning
from shared.exports.exceptions import StorageRefusedError
from shared.exports.export import ExportWarning
from shared.exports.states_and_codes import WarningCode
from shared.exports.transitions import cancellation, data_erasure, write_grant
from shared.workflow.step_result import StepResult

if TYPE_CHECKING:
    from shared.exports.export import Export
    from shared.records.export_records import SavedExport
    from shared.services import Services


async def revoke_grants(saved: SavedExport, services: Services) -> StepResult:
    """Removes the stored policies of attempts that are stored as over. A refusal becomes a warning.

    An end that is not stored yet does not count: if two steps run at once, the one whose state is not stored must not
    touch the attempt of the other.
    """
    export = saved.export
    for attempt in write_grant.attempts_to_revoke(saved.export):
        try:
            await services.containers.remove_policy(attempt.container)
        except StorageRefusedError as error:
            warning = ExportWarning(WarningCode.GRANT_NOT_REVOKED, error.problem.message)
            export = add_warning(export, warning, services.now())
        else:
            export = write_grant.mark_grant_revoked(export, attempt, services.now())
    return StepResult(saved, export)


async def finish_cancellation(saved: SavedExport, services: Services) -> StepResult:
    """Ends an export whose cancellation was requested. Its grants must have been revoked before."""
    return StepResult(saved, cancellation.cancel(saved.export, services.now(), services.limits))


async def erase_data(saved: SavedExport, services: Services) -> StepResult:
    """Begins the erasure; once that is stored, deletes all containers, those of packages too, and the names of files.

    A repetition passes over what is gone.

    Raises:
        StorageRefusedError: the export account refuses to delete a container, for example because of a legal hold.
    """
    if saved.export.erasure_begun_at is None:
        return StepResult(saved, data_erasure.begin_erasure(saved.export, services.now()))
    for attempt in saved.export.attempts:
        await services.containers.erase(attempt.container)
    if saved.export.packages:
        await services.zip_blobs().erase(saved.export.id)
    await erase_file_names(saved.export, services)
    return StepResult(saved, data_erasure.mark_erased(saved.export, services.now()))


async def erase_file_names(export: Export, services: Services) -> None:
    """Deletes the manifests, and removes names of files from the trail, where version 1.0.0 put them."""
    await services.file_names.remove_from_trail(export)
    await services.records.erase_files(export.id)
