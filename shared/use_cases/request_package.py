"""Requests a package of an export."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.states_and_codes import PackageStatus
from shared.exports.transitions import handover_packages
from shared.use_cases.change_export import change_export

if TYPE_CHECKING:
    from shared.exports.export import Export
    from shared.exports.handover_package import Package
    from shared.exports.states_and_codes import PackageLanguage
    from shared.protocols import Monitors
    from shared.services import Services


async def request_package(
    export_id: str, language: PackageLanguage, actor: str, services: Services, monitors: Monitors
) -> Package:
    """Has a package made in that language, unless it is made or being made, and returns it.

    The request is stored first. So the package is made even if no monitor starts now: the reconciler starts one.

    Raises:
        NotPossibleError: the export has not succeeded, or its data is erased or about to be.
        ConflictError: somebody else changed the export at every try; nothing was stored.
        LookupError: there is no such export.
    """

    def move(export: Export) -> Export:
        return handover_packages.request_package(export, language, actor, services.now())

    export = await change_export(export_id, services, move)
    package = handover_packages.needed_package(export, language)
    if package.status is PackageStatus.BUILDING:
        await monitors.start(export_id)
    return package
