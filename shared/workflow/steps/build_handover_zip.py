"""Makes a package of an ended export, a piece at a time: checksums, documents and plan, then the zips themselves."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.exports.exceptions import ConflictError, SourceChangedError
from shared.exports.export import Problem
from shared.exports.states_and_codes import PackageErrorCode
from shared.exports.transitions import handover_packages
from shared.workflow.handover_zip.file_checksums import FileChecksums
from shared.workflow.handover_zip.package_planning import plan_package
from shared.workflow.handover_zip.zip_building import build_zips
from shared.workflow.step_result import StepResult

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from shared.exports.export import Export, File
    from shared.exports.handover_package import Package
    from shared.records.export_records import SavedExport
    from shared.services import Services

PACKAGE_TIME_LIMIT = timedelta(seconds=60)
"""A step begins no further piece after this time, and stores how far it has come."""
_LINES_ARE_LOST = "The manifest of the export lacks lines, so the package would lack files. Request another export."


async def build_handover_zip(saved: SavedExport, services: Services) -> StepResult:
    """Does the next piece of the package that is due.

    A file that has changed since it was checked, or a manifest that lacks lines, is no reason to try again, so the
    package fails. Links, holds and the like may change the export during the piece; they don't cost it.

    Raises:
        StorageRefusedError, StorageFailedError: the export account refuses or fails, and nothing was done.
        ConflictError: the data is being erased.
    """
    export, now = saved.export, services.now()
    package = handover_packages.due_package(export, now)
    if package is None:
        return StepResult(saved, export)
    try:
        piece = await _do_piece(export, package, services, now + PACKAGE_TIME_LIMIT)
    except SourceChangedError as error:
        piece = _Piece(package, problem=Problem(PackageErrorCode.FILE_CHANGED, _explain(error)))
    except ConflictError:
        present = await services.records.get(export.id)
        if present is None or not _is_as_before(present.export, package):
            raise
        piece = _Piece(package, problem=Problem(PackageErrorCode.MANIFEST_INCOMPLETE, _LINES_ARE_LOST))

    def record_again(present: Export) -> Export:
        if not _is_as_before(present, package):
            raise ConflictError(present.id)
        return piece.record(present, services.now())

    recorded = piece.record(export, services.now())
    return StepResult(saved, recorded, changed_files=piece.changed_files, record_again=record_again)


@dataclass(frozen=True, slots=True)
class _Piece:
    """What a piece of work made of a package."""

    package: Package
    is_made: bool = False
    problem: Problem | None = None
    """Why it can't be made."""
    changed_files: Mapping[int, File] = field(default_factory=dict)

    def record(self, export: Export, now: datetime) -> Export:
        if self.problem is not None:
            return handover_packages.fail_package(export, self.package, self.problem, now)
        if self.is_made:
            return handover_packages.mark_package_made(export, self.package, now)
        return handover_packages.advance_package(export, self.package, now)


async def _do_piece(export: Export, package: Package, services: Services, stop_at: datetime) -> _Piece:
    checksums = FileChecksums(export, package.checksums, services)
    if not checksums.is_complete:
        await checksums.find(stop_at)
        return _Piece(replace(package, checksums=checksums.progress), changed_files=checksums.found)
    if package.plan is None:
        return _Piece(replace(package, plan=await plan_package(export, package, services)))
    built = await build_zips(export, package, package.plan, services, stop_at)
    return _Piece(replace(package, position=built.position), is_made=built.is_complete)


def _is_as_before(present: Export, package: Package) -> bool:
    """Whether nobody else has gone on with the package, or begun to erase the data."""
    return present.erasure_begun_at is None and handover_packages.find_package(present, package.language) == package


def _explain(error: SourceChangedError) -> str:
    which = f"File {error.number} of the manifest" if error.number else "A file"
    return (
        f"{which} has changed or is gone since it was checked, so the package would be wrong. Request another export."
    )
