"""The packages of an export as JSON in its row, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared.exports.bounded_text import fit
from shared.exports.export import Problem
from shared.exports.handover_package import ChecksumProgress, Package, PackageDocument, PackagePart, PackagePlan
from shared.exports.handover_zip_layout import Position
from shared.exports.states_and_codes import PackageLanguage, PackageStatus
from shared.records.column_reader import ColumnError, ColumnReader

if TYPE_CHECKING:
    from datetime import datetime

_CODE_UNITS, _MESSAGE_UNITS = 120, 900


def package_json(package: Package) -> dict[str, Any]:
    """A package as an object of the column `packages`."""
    return {
        "language": package.language.value,
        "status": package.status.value,
        "requested": package.requested_at.isoformat(),
        "nextStep": _iso(package.next_step_at),
        "made": _iso(package.made_at),
        "checkedLines": package.checksums.lines,
        "checkedOffset": package.checksums.offset,
        "checkedCrc32": package.checksums.crc32,
        "plan": None if package.plan is None else _plan_json(package.plan),
        "position": None if package.position is None else _position_json(package.position),
        "failures": package.failures,
        "failingSince": _iso(package.failing_since),
        "errorCode": package.error and fit(package.error.code, _CODE_UNITS),
        "errorMessage": package.error and fit(package.error.message, _MESSAGE_UNITS),
    }


def package_from_json(data: ColumnReader) -> Package:
    """The package that an object of the column `packages` holds.

    Raises:
        ColumnError, ValueError: it holds none that this version can read.
    """
    requested_at = data.time_text("requested")
    if requested_at is None:
        raise ColumnError("requested is missing")
    code = data.find("errorCode", str)
    return Package(
        language=data.choice("language", PackageLanguage),
        status=data.choice("status", PackageStatus),
        requested_at=requested_at,
        next_step_at=data.time_text("nextStep"),
        made_at=data.time_text("made"),
        checksums=ChecksumProgress(
            data.need("checkedLines", int), data.need("checkedOffset", int), data.need("checkedCrc32", int)
        ),
        plan=_plan(ColumnReader(data.need("plan", dict))) if data.has("plan") else None,
        position=_position(ColumnReader(data.need("position", dict))) if data.has("position") else None,
        failures=data.need("failures", int),
        failing_since=data.time_text("failingSince"),
        error=None if code is None else Problem(code, data.need("errorMessage", str)),
    )


def _plan_json(plan: PackagePlan) -> dict[str, Any]:
    return {
        "number": plan.number,
        "documents": [{"name": each.name, "size": each.size, "crc32": each.crc32} for each in plan.documents],
        "parts": [{"entries": part.entries, "size": part.size} for part in plan.parts],
        "sumsSha256": plan.sums_sha256,
        "receiptSha256": plan.receipt_sha256,
    }


def _plan(data: ColumnReader) -> PackagePlan:
    documents = (ColumnReader(each) for each in data.need("documents", list))
    parts = (ColumnReader(each) for each in data.need("parts", list))
    return PackagePlan(
        number=data.need("number", int),
        documents=tuple(
            PackageDocument(each.need("name", str), each.need("size", int), each.need("crc32", int))
            for each in documents
        ),
        parts=tuple(PackagePart(each.need("entries", int), each.need("size", int)) for each in parts),
        sums_sha256=data.need("sumsSha256", str),
        receipt_sha256=data.need("receiptSha256", str),
    )


def _position_json(position: Position) -> dict[str, Any]:
    return {
        "part": position.part,
        "entries": position.entries,
        "inEntry": position.in_entry,
        "offset": position.offset,
        "blocks": position.blocks,
        "listed": position.listed,
        "listedBytes": position.listed_bytes,
        "headerOffset": position.header_offset,
        "isComplete": position.is_complete,
    }


def _position(data: ColumnReader) -> Position:
    return Position(
        part=data.need("part", int),
        entries=data.need("entries", int),
        in_entry=data.need("inEntry", int),
        offset=data.need("offset", int),
        blocks=data.need("blocks", int),
        listed=data.need("listed", int),
        listed_bytes=data.need("listedBytes", int),
        header_offset=data.need("headerOffset", int),
        is_complete=data.need("isComplete", bool),
    )


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
