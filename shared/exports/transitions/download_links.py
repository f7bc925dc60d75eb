"""Somebody is given download links to files, or to a package."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.audit_trail import add_event
from shared.exports.exceptions import NotPossibleError
from shared.exports.states_and_codes import EventType, PackageStatus
from shared.exports.timestamps import to_iso
from shared.exports.transitions.handover_packages import needed_package, require_files

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from shared.exports.export import Export, File
    from shared.exports.states_and_codes import PackageLanguage


def record_links(export: Export, files: Mapping[int, File], actor: str, until: datetime, now: datetime) -> Export:
    """Records who was given links to which files, with one event for each file.

    An event has the file's number in the manifest and its SHA-256. It does not have the name, because that can say
    something about the person, and the trail outlives the data.

    Args:
        export: the export.
        files: the files by their numbers.
        actor: who was given the links.
        until: when the links expire.
        now: the present.

    Raises:
        NotPossibleError: as `require_files`.
    """
    require_files(export)
    for number, file in files.items():
        detail = {"number": number, "sha256": file.sha256, "until": to_iso(until)}
        export = add_event(export, EventType.LINK_CREATED, now, actor=actor, **detail)
    return export


def record_package_links(
    export: Export, language: PackageLanguage, actor: str, until: datetime, now: datetime
) -> Export:
    """Records who was given links to a package, with one event for each zip.

    Args:
        export: the export.
        language: that of the package.
        actor: who was given the links.
        until: when the links expire.
        now: the present.

    Raises:
        LookupError: there is no such package.
        NotPossibleError: as `require_files`, or the package is not made.
    """
    require_files(export)
    package = needed_package(export, language)
    if package.plan is None or package.status is not PackageStatus.READY:
        raise NotPossibleError("PackageNotReady", "The package is not made, so there is nothing to link to. Follow it.")
    for part in range(1, len(package.plan.parts) + 1):
        detail: dict[str, str | int] = {"package": language, "part": part, "until": to_iso(until)}
        export = add_event(export, EventType.LINK_CREATED, now, actor=actor, **detail)
    return export
