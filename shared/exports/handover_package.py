"""A package: the data of an export as zips that are made to be handed over to the person, as plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shared.exports.states_and_codes import PackageStatus

if TYPE_CHECKING:
    from datetime import datetime

    from shared.exports.export import Problem
    from shared.exports.handover_zip_layout import Position
    from shared.exports.states_and_codes import PackageLanguage


@dataclass(frozen=True, slots=True)
class ChecksumProgress:
    """How many lines of the manifest are known to have a CRC-32, and how far that of the next file has come."""

    lines: int = 0
    """Lines that have one."""
    offset: int = 0
    """Bytes of the next line's file that were read."""
    crc32: int = 0
    """The CRC-32 of those bytes."""


@dataclass(frozen=True, slots=True)
class PackageDocument:
    """A document that was written for a package, such as its index; it becomes the first files of the zip."""

    name: str
    size: int
    """In bytes."""
    crc32: int


@dataclass(frozen=True, slots=True)
class PackagePart:
    """One zip of a package."""

    entries: int
    """How many files it has, documents among them."""
    size: int
    """In bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagePlan:
    """What a package will consist of. It is made once, so whatever is repeated after it writes the same bytes."""

    number: int
    """How many events the trail had: what was written for another plan is elsewhere, so it can't get in between."""
    documents: tuple[PackageDocument, ...]
    parts: tuple[PackagePart, ...]
    """The zips, in their order."""
    sums_sha256: str
    """SHA-256 of SHA256SUMS, in hex: it stands for all files."""
    receipt_sha256: str
    """SHA-256 of receipt.json, in hex."""

    @property
    def total_bytes(self) -> int:
        """The size of all zips."""
        return sum(part.size for part in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """The data of an export as zips in one language, from the request for it to the erasure of the data."""

    language: PackageLanguage
    """What its documents are written in. An export has one package for each language at most."""
    status: PackageStatus = PackageStatus.BUILDING
    requested_at: datetime
    """When it was requested."""
    next_step_at: datetime | None
    """When the next step is due; None once it is made or has failed."""
    checksums: ChecksumProgress = ChecksumProgress()
    plan: PackagePlan | None = None
    """None until all files have a CRC-32."""
    position: Position | None = None
    """How much of the zips is laid out in blocks; None for nothing."""
    made_at: datetime | None = None
    """When it was made; None until then."""
    failures: int = 0
    """How many steps in a row failed; the backoff grows with it."""
    failing_since: datetime | None = None
    """Since when its steps fail; None if they don't."""
    error: Problem | None = None
    """Why it could not be made; None unless it failed."""

    @property
    def total_bytes(self) -> int | None:
        """The size of all its zips; None until that is known."""
        return None if self.plan is None else self.plan.total_bytes

    @property
    def progress(self) -> float:
        """How much of it is made, from 0 to 1, by bytes."""
        if self.status is PackageStatus.READY:
            return 1.0
        if self.plan is None or self.position is None:
            return 0.0
        done = sum(part.size for part in self.plan.parts[: self.position.part - 1]) + self.position.offset
        return min(done / max(self.plan.total_bytes, 1), 1.0)


def part_names(package: Package, ended_at: datetime) -> list[str]:
    """The names of the zips of a package that is planned, in their order.

    Args:
        package: a package with a plan.
        ended_at: when its export ended; the names have that day.
    """
    count = 0 if package.plan is None else len(package.plan.parts)
    stem = f"personal-data-{ended_at:%Y-%m-%d}-{package.language}"
    if count == 1:
        return [f"{stem}.zip"]
    return [f"{stem}-part{number}of{count}.zip" for number in range(1, count + 1)]


def blob_name(language: PackageLanguage, plan_number: int, name: str) -> str:
    """Where a document or a zip of a plan is in the container: apart from those of other languages and plans."""
    return f"{language}/{plan_number}/{name}"


def part_blobs(package: Package, ended_at: datetime) -> list[str]:
    """Where the zips of a package that is planned are in the container, in the order of `part_names`."""
    number = 0 if package.plan is None else package.plan.number
    return [blob_name(package.language, number, name) for name in part_names(package, ended_at)]


def with_package(packages: tuple[Package, ...], package: Package) -> tuple[Package, ...]:
    """The packages with this one in place of the one in its language, or after all."""
    if any(each.language is package.language for each in packages):
        return tuple(package if each.language is package.language else each for each in packages)
    return (*packages, package)
