"""Makes a package of an ended export, a piece at a time: checksums, documents and plan, then the zips themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.exports.exceptions import SourceChangedError
from shared.exports.export import Problem
from shared.exports.states_and_codes import PackageErrorCode
from shared.exports.transitions import handover_packages
from shared.workflow.handover_zip.file_checksums import FileChecksums
from shared.workflow.handover_zip.package_planning import plan_package
from shared.workflow.handover_zip.zip_building import build_zips
from shared.workflow.step_result import StepResult

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.handover_package import Package
    from shared.records.export_records import SavedExport
    from shared.services import Services

PACKAGE_TIME_LIMIT = timedelta(seconds=60)
"""A step begins no further piece after this time, and stores how far it has come."""


async def build_handover_zip(saved: SavedExport, services: Services) -> StepResult:
    """Does the next piece of the package that is due.

    A file that has changed since it was checked is no reason to try again, so the package fails.

    Raises:
        StorageRefusedError, StorageFailedError: the export account refuses or fails, and nothing was done.
        ConflictError: somebody has erased the manifest.
    """
    export, now = saved.export, services.now()
    package = handover_packages.due_package(export, now)
    if package is None:
        return StepResult(saved, export)
    try:
        return await _do_piece(saved, package, services, now + PACKAGE_TIME_LIMIT)
    except SourceChangedError as error:
        problem = Problem(PackageErrorCode.FILE_CHANGED, _explain(error))
        return StepResult(saved, handover_packages.fail_package(export, package, problem, services.now()))


async def _do_piece(saved: SavedExport, package: Package, services: Services, stop_at: datetime) -> StepResult:
    export = saved.export
    checksums = FileChecksums(export, package.checksums, services)
    if not checksums.is_complete:
        await checksums.find(stop_at)
        checked = replace(package, checksums=checksums.progress)
        advanced = handover_packages.advance_package(export, checked, services.now())
        return StepResult(saved, advanced, changed_files=checksums.found)
    if package.plan is None:
        planned = replace(package, plan=await plan_package(export, package, services))
        return StepResult(saved, handover_packages.advance_package(export, planned, services.now()))
    built = await build_zips(export, package, package.plan, services, stop_at)
    moved = replace(package, position=built.position)
    if built.is_complete:
        return StepResult(saved, handover_packages.mark_package_made(export, moved, services.now()))
    return StepResult(saved, handover_packages.advance_package(export, moved, services.now()))


def _explain(error: SourceChangedError) -> str:
    which = f"File {error.number} of the manifest" if error.number else "A file"
    return (
        f"{which} has changed or is gone since it was checked, so the package would be wrong. Request another export."
    )
