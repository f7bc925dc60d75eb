"""Looks at the export account, and tries what Microsoft does with a grant, on a scratch container."""

from __future__ import annotations

import asyncio
import logging
import uuid
from typing import TYPE_CHECKING

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceModifiedError

from shared.exports.exceptions import StorageRefusedError
from shared.exports.grant_lifetime import new_grant
from shared.exports.states_and_codes import GrantKind
from shared.storage.operation_note import REQUEST_INFO
from shared.storage.storage_errors import export_account_errors, to_refusal_or_failure

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from azure.storage.blob.aio import ContainerClient

    from shared.exports.export_account import AccountUnread, ExportAccount
    from shared.protocols import HeldContainers
    from shared.storage.export_account_settings import ResourceManagerAccountSettings
    from shared.storage.export_containers import BlobExportContainers

_log = logging.getLogger(__name__)

PROBE_NAME_PREFIX = "preflight-"
_SETTLE_TRIES, _SETTLE_PAUSE_SECONDS = 9, 5.0
"""A new stored policy takes up to 30 s to count; it is tried for 40 s."""


class SasAccountProbe:
    """Probes the export account, with a grant like those that Microsoft gets (`protocols.ExportAccountProbe`)."""

    def __init__(
        self,
        containers: BlobExportContainers,
        open_as_holder: Callable[[str], ContainerClient],
        open_settings: Callable[[], ResourceManagerAccountSettings] | None = None,
    ) -> None:
        """A probe of one account.

        Args:
            containers: the account's containers.
            open_as_holder: a client that has nothing but a signed URL, as Microsoft.
            open_settings: what reads the account's settings; None where its resource isn't known.
        """
        self._containers = containers
        self._open_as_holder = open_as_holder
        self._open_settings = open_settings

    async def probe(self, kind: GrantKind, now: datetime) -> list[str]:
        """As `ExportAccountProbe.probe`: makes a container and a grant, uses the grant, and removes the container."""
        container = await self._containers.create_named(f"{PROBE_NAME_PREFIX}{uuid.uuid4()}")
        try:
            grant = new_grant(kind, now)
            if kind is GrantKind.STORED_POLICY:
                await self._containers.set_policy(container, grant.expires_at, now)
            url = await self._containers.sign_write_url(container, grant, now)
            with export_account_errors():
                async with self._open_as_holder(url) as holder:
                    return await _try_grant(holder)
        finally:
            await self._containers.erase(container)

    async def read_settings(self) -> ExportAccount | AccountUnread | None:
        """As `ExportAccountProbe.read_settings`."""
        return None if self._open_settings is None else await self._open_settings().read()

    async def find_held(self) -> HeldContainers:
        """As `ExportAccountProbe.find_held`."""
        return await self._containers.list_held()

    async def remove_left(self, before: datetime) -> int:
        """As `ExportAccountProbe.remove_left`."""
        removed = 0
        found, marker = await self._containers.list_own(PROBE_NAME_PREFIX, None)
        while True:
            for _, url, modified_at in found:
                if modified_at < before and await self._remove(url):
                    removed += 1
            if marker is None:
                return removed
            found, marker = await self._containers.list_own(PROBE_NAME_PREFIX, marker)

    async def _remove(self, container_url: str) -> bool:
        try:
            await self._containers.erase(container_url)
        except StorageRefusedError as error:
            _log.warning("A container that a preflight left can't be removed: %s", error.problem.code)
            return False
        return True


async def _try_grant(holder: ContainerClient) -> list[str]:
    faults = []
    if await _can_list(holder):
        faults.append("The container can be listed without a right to. Switch anonymous access off for the account.")
    refusal = await _settled_write(holder)
    if refusal is not None:
        return [*faults, f"The holder of the grant can't write. {refusal}"]
    if await _can_read(holder):
        faults.append("The container can be read without a right to. Switch anonymous access off for the account.")
    return faults


async def _settled_write(holder: ContainerClient) -> str | None:
    """Why the holder can't create and append; None once it can."""
    refusal = await _write(holder)
    for _ in range(_SETTLE_TRIES - 1):
        if refusal is None:
            break
        await asyncio.sleep(_SETTLE_PAUSE_SECONDS)
        refusal = await _write(holder)
    return refusal


async def _write(holder: ContainerClient) -> str | None:
    blob = holder.get_blob_client(REQUEST_INFO)
    try:
        await blob.create_append_blob(match_condition=MatchConditions.IfMissing)
        await blob.append_block(b"{}")
    except (ResourceExistsError, ResourceModifiedError):
        return None  # an earlier try has created it
    except HttpResponseError as error:
        return str(to_refusal_or_failure(error))
    return None


async def _can_list(holder: ContainerClient) -> bool:
    try:
        async for _ in holder.list_blobs():
            break
    except HttpResponseError:
        return False
    return True


async def _can_read(holder: ContainerClient) -> bool:
    try:
        await (await holder.get_blob_client(REQUEST_INFO).download_blob()).readall()
    except HttpResponseError:
        return False
    return True
