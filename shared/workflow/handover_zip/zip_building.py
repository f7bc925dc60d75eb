"""Puts the zips of a planned package together, block by block, from where an earlier step stopped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.exports.exceptions import ConflictError, SourceChangedError
from shared.exports.export import ended_at
from shared.exports.handover_package import blob_name, part_blobs
from shared.exports.handover_zip_layout import BlockLayout, DirectoryLayout, Position, block_ids, next_part
from shared.protocols import SourceBlob, TargetBlob
from shared.workflow.handover_zip.block_writers import BlockWriters
from shared.workflow.handover_zip.package_entries import PackageEntries
from shared.workflow.handover_zip.package_planning import BITMAP, bitmap_size
from shared.workflow.step_failures import log_step_failure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from shared.exports.export import Export
    from shared.exports.handover_package import Package, PackagePlan
    from shared.exports.handover_zip_layout import Block
    from shared.services import Services


@dataclass(frozen=True, slots=True)
class Built:
    """How far a step has come."""

    position: Position
    is_complete: bool
    """Whether all zips are there."""


async def build_zips(
    export: Export, package: Package, plan: PackagePlan, services: Services, stop_at: datetime
) -> Built:
    """Writes blocks until that time, at least one, and makes each zip whose blocks are all there.

    What was written is kept, whatever becomes of the blocks after it.

    Raises:
        ConflictError: the manifest lacks lines, because somebody has erased it.
        SourceChangedError: a file has changed or is gone.
        Exception: whatever writing the first block raised.
    """
    container_url = services.zip_blobs().container_url(export.id)
    bitmap_name = blob_name(package.language, plan.number, BITMAP)
    bitmap = SourceBlob(container_url, bitmap_name, bitmap_size(export))
    content = await services.zip_blobs().read(bitmap, 0, bitmap.size)
    entries = PackageEntries(export, package.language, plan, container_url, content, services.records)
    return await _Building(export, package, plan, entries, services, stop_at).run()


class _Building:
    """The work of one step."""

    def __init__(
        self,
        export: Export,
        package: Package,
        plan: PackagePlan,
        entries: PackageEntries,
        services: Services,
        stop_at: datetime,
    ) -> None:
        self._export_id = export.id
        self._plan = plan
        self._entries = entries
        self._services = services
        self._stop_at = stop_at
        self._begin = package.position or Position()
        self._position = self._begin
        self._names = part_blobs(package, ended_at(export))

    async def run(self) -> Built:
        try:
            while self._position == self._begin or self._services.now() < self._stop_at:
                if self._position.is_complete:
                    await self._complete_part()
                    if self._position.part == len(self._plan.parts):
                        return Built(self._position, is_complete=True)
                    self._position = next_part(self._position)
                elif self._position.entries < self._end_of_part():
                    await self._write_files()
                else:
                    await self._write_directory()
        except (ConflictError, SourceChangedError):
            raise
        except Exception as error:
            if self._position == self._begin:
                raise
            log_step_failure(self._export_id, error)
        return Built(self._position, is_complete=False)

    async def _write_files(self) -> None:
        layout = BlockLayout(self._position)
        async with self._writers() as writers:
            try:
                async for entry, source in self._entries.range(self._position.entries, self._end_of_part()):
                    writers.know(entry, source)
                    if not await self._write_in_time(writers, layout.add(entry)):
                        break
                else:
                    await writers.write(layout.flush())
                await writers.finish()
            finally:
                self._position = writers.position

    async def _write_directory(self) -> None:
        layout = DirectoryLayout(self._position)
        first = self._begin_of_part() + self._position.listed
        async with self._writers() as writers:
            try:
                async for entry, _ in self._entries.range(first, self._end_of_part()):
                    if not await self._write_in_time(writers, layout.add(entry)):
                        break
                else:
                    await writers.write(layout.finish())
                await writers.finish()
            finally:
                self._position = writers.position

    async def _write_in_time(self, writers: BlockWriters, blocks: Sequence[Block]) -> bool:
        """Writes blocks, and returns whether time is left. A large file has more than a step can copy."""
        for block in blocks:
            await writers.write([block])
            if self._services.now() >= self._stop_at:
                return False
        return True

    async def _complete_part(self) -> None:
        """Makes the zip of its blocks, and looks whether it is as large as planned."""
        size = await self._services.zip_blobs().commit(self._target(), block_ids(self._position))
        if size != self._plan.parts[self._position.part - 1].size:
            raise SourceChangedError

    def _writers(self) -> BlockWriters:
        blobs = self._services.zip_blobs()
        return BlockWriters(blobs, self._target(), self._position, len(self._plan.documents))

    def _target(self) -> TargetBlob:
        return TargetBlob(self._entries.container_url, self._names[self._position.part - 1])

    def _begin_of_part(self) -> int:
        """How many files the zips before this one have."""
        return sum(part.entries for part in self._plan.parts[: self._position.part - 1])

    def _end_of_part(self) -> int:
        return self._begin_of_part() + self._plan.parts[self._position.part - 1].entries
