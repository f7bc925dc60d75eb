"""Packages: each that was asked for is made or has failed for a reason, and what is made is right to the last byte."""

from __future__ import annotations

import hashlib
import io
import json
from typing import TYPE_CHECKING

from shared.exports.export import ended_at
from shared.exports.export_account import package_container_name
from shared.exports.handover_package import blob_name, part_names
from shared.exports.handover_zip_names import DOCUMENT_NAMES
from shared.exports.states_and_codes import EventType, PackageErrorCode, PackageStatus, Status
from shared.exports.transitions.handover_packages import GIVE_UP_AFTER
from shared.records.event_and_file_rows import file_from_row, file_key_range
from tests.simulation.checks.check import Check, CheckState, export_of
from tests.simulation.planned_calls import HOUR
from tests.simulation.world.facts import Committed, Injected
from tests.strict_zip import NotStrictError, content, read_strictly

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.export import Event, Export, File
    from shared.exports.handover_package import Package
    from tests.simulation.world.facts import Line

_LAST_TRY = GIVE_UP_AFTER + 8 * HOUR
"""After the last fault nothing fails for so long: a try may come that late, and the reconciler too."""


class PackagesAreTrue(Check):
    """Each package that was asked for is made, whole and right, or has failed for a reason, unless it is erased."""

    name = "true package"

    def __init__(self, state: CheckState) -> None:
        super().__init__(state)
        self._changed: set[str] = set()
        """The ids of the exports of which a file was changed."""

    def see(self, line: Line) -> None:
        match line.fact:
            case Injected(fault="file changed", where=container):
                self._changed.add(export_of(container))
            case Committed(before=before, after=after, events=events):
                for event in events:
                    if event.type is EventType.PACKAGE_FAILED:
                        self._check_failure(after, event, line.at)
                    if event.type is EventType.PACKAGE_MADE:  # few are left at the end: their data is erased
                        made = [each for each in after.packages if each.language == event.detail["language"]]
                        self._check_made(after, made[0])
                for package in after.packages:
                    idle = package.status is PackageStatus.BUILDING and package.next_step_at is None
                    self.expect(f"{after.id} has a package that nobody goes on with", holds=not idle)
                fits = not after.packages or (after.status is Status.SUCCEEDED and after.erased_at is None)
                self.expect(f"{after.id} is {after.status}, erased {after.erased_at}, and has packages", holds=fits)
                begun = after.erasure_begun_at is not None and before is not None
                is_new = any(event.type is EventType.PACKAGE_MADE for event in events)
                self.expect(f"{after.id} is being erased, and has a new package", holds=not (begun and is_new))

    def finish(self) -> None:
        for (export_id, language), body in self.state.told.packages.items():
            export = self.state.exports.get(export_id)
            if export is not None and export_id not in self.world.exports.spoiled and export.erased_at is None:
                statuses = [each.status for each in export.packages if each.language == language]
                told = body and body["status"]
                self.expect(
                    f"{export_id} is to have a package in {language}: {statuses}, {told}", holds=told in statuses
                )
        for export in self.state.readable():
            for package in export.packages:
                self._check_end(export, package)

    def _check_failure(self, export: Export, event: Event, at: datetime) -> None:
        code, healed = event.detail.get("code"), self.state.healed_at
        is_weather = healed is None or at - healed <= _LAST_TRY or self.state.account_is_lost
        explained: dict[str, bool] = {
            PackageErrorCode.DATA_ERASED: export.erased_at is not None,
            PackageErrorCode.FILE_CHANGED: export.id in self._changed,
            PackageErrorCode.MANIFEST_INCOMPLETE: False,
        }
        is_stuck = self.state.plan.weather.stuck is not None
        holds = bool(event.detail.get("message")) and explained.get(str(code), is_weather or is_stuck)
        self.expect(f"a package of {export.id} failed for no reason: {event.detail}", holds=holds)

    def _check_end(self, export: Export, package: Package) -> None:
        what = f"the package of {export.id} in {package.language}"
        self.expect(f"{what} is still {package.status}", holds=package.status is not PackageStatus.BUILDING)
        if package.status is PackageStatus.FAILED:
            self.expect(f"{what} failed and does not say why", holds=package.error is not None)
        if package.status is PackageStatus.READY:
            self._check_made(export, package)

    def _check_made(self, export: Export, package: Package) -> None:
        what = f"the package of {export.id} in {package.language}"
        try:
            entries = self._entries(export, package)
        except (KeyError, NotStrictError) as error:
            self.expect(f"{what} can't be opened: {error!r}", holds=False)
            return
        self._check_files(what, entries, self._lines(export))
        self._check_documents(what, dict(entries), package)
        head = json.loads(dict(entries).get("receipt.json", b"{}")).get("trail")
        self.expect(f"{what} has no head of the trail", holds=head is not None)
        if head is not None:
            self.state.told.heads.append((export.id, head["eventCount"], head["sha256"]))

    def _entries(self, export: Export, package: Package) -> list[tuple[str, bytes]]:
        """The paths and contents of all zips; KeyError where one is not there."""
        blobs = self.world.account.containers[package_container_name(export.id)].blobs
        entries: list[tuple[str, bytes]] = []
        for name in blob_names(package, ended_at(export)):
            file = io.BytesIO(blobs[name].content)
            entries += [(each.path, b"".join(content(file, each))) for each in read_strictly(file)]
        return entries

    def _lines(self, export: Export) -> list[File]:
        rows = self.world.exports.rows(export.id, *file_key_range(export))
        return [file_from_row(found.row) for found in rows]

    def _check_files(self, what: str, entries: list[tuple[str, bytes]], lines: list[File]) -> None:
        """The files of the manifest are there, in its order, and those that were hashed are in the sums."""
        files = [(path, found) for path, found in entries if path not in DOCUMENT_NAMES]
        self.expect(f"{what} has {len(files)} files, not {len(lines)}", holds=len(files) == len(lines))
        summed = _sums(dict(entries))
        for (path, found), line in zip(files, lines, strict=False):
            same = len(found) == line.size and line.sha256 in {None, hashlib.sha256(found).hexdigest()}
            self.expect(f"{what} has another file at {path} than the manifest", holds=same)
            self.expect(f"{what} has sums with {summed.get(path)} for {path}", holds=summed.get(path) == line.sha256)
        names = {path.casefold() for path, _ in entries}
        self.expect(f"{what} has a name twice", holds=len(names) == len(entries))

    def _check_documents(self, what: str, contents: dict[str, bytes], package: Package) -> None:
        """The documents are there, and the hashes in them and in the export are those of what is in the zips."""
        hashes = {path: hashlib.sha256(found).hexdigest() for path, found in contents.items()}
        sums = _sums(contents)
        wrong = sorted(path for path, sha256 in sums.items() if hashes.get(path) != sha256)
        self.expect(f"{what} has sums of other files: {wrong}", holds=not wrong and "index.html" in sums)
        receipt = json.loads(contents.get("receipt.json", b"{}"))
        said = (hashes.get("SHA256SUMS"), hashes.get("SHA256SUMS"), hashes.get("receipt.json"))
        known = package.plan and (
            receipt.get("sha256SumsSha256"),
            package.plan.sums_sha256,
            package.plan.receipt_sha256,
        )
        self.expect(f"{what} has {said}, and is said to have {known}", holds=said == known)


def _sums(contents: dict[str, bytes]) -> dict[str, str]:
    """The hashes in `SHA256SUMS`, by path."""
    lines = (line.split("  ", 1) for line in contents.get("SHA256SUMS", b"").decode().splitlines())
    return {path: sha256 for sha256, path in lines}


def blob_names(package: Package, end: datetime) -> list[str]:
    """The names of the blobs of a planned package's zips."""
    number = 0 if package.plan is None else package.plan.number
    return [blob_name(package.language, number, name) for name in part_names(package, end)]


def is_being_made(export: Export) -> bool:
    """Whether a package is still to be made."""
    return any(package.status is PackageStatus.BUILDING for package in export.packages)
