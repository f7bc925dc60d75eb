"""A rehearsal of what Microsoft does with a grant: a scratch container, a real grant on it, and its holder's calls."""

from __future__ import annotations

import asyncio
import uuid
from typing import TYPE_CHECKING

from azure.core import MatchConditions
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceModifiedError
from azure.storage.blob.aio import ContainerClient

from shared.exports.states_and_codes import GrantKind
from shared.exports.transitions.write_grant import new_grant
from shared.storage.export_containers import REQUEST_INFO, BlobExportContainers
from shared.storage.storage_errors import to_storage_error

if TYPE_CHECKING:
    from datetime import datetime

    from shared.storage.sas_urls import Grants

_NAME = "preflight-{}"
_SETTLE_TRIES, _SETTLE_PAUSE = 9, 5.0
"""A new stored policy takes up to 30 s to count; it is tried for 40 s."""


async def probe_grant(containers: BlobExportContainers, grants: Grants, kind: GrantKind, now: datetime) -> list[str]:
    """Makes a container and a grant, uses the grant as Microsoft does, and removes the container.

    Returns:
        What Microsoft would stumble over and what to do about it; nothing where all is well.

    Raises:
        StorageRefusedError: the account refuses the app itself.
    """
    container = await containers.create(_NAME.format(uuid.uuid4()))
    try:
        grant = new_grant(kind, now)
        if kind is GrantKind.STORED_POLICY:
            await grants.set_policy(container, grant.expires_at, now)
        url = await grants.url(container, grant, now)
        async with ContainerClient.from_container_url(url, retry_total=0) as holder:
            return await _use(holder)
    finally:
        await containers.erase(container)


async def _use(holder: ContainerClient) -> list[str]:
    faults = []
    if await _can_list(holder):
        faults.append("The container can be listed without a right to. Switch anonymous access off for the account.")
    refused = await _settled_write(holder)
    if refused is not None:
        return [*faults, f"The holder of the grant can't write. {refused}"]
    if await _can_read(holder):
        faults.append("The container can be read without a right to. Switch anonymous access off for the account.")
    return faults


async def _settled_write(holder: ContainerClient) -> str | None:
    """Why the holder can't create and append; None once it can."""
    refused = await _write(holder)
    for _ in range(_SETTLE_TRIES - 1):
        if refused is None:
            break
        await asyncio.sleep(_SETTLE_PAUSE)
        refused = await _write(holder)
    return refused


async def _write(holder: ContainerClient) -> str | None:
    blob = holder.get_blob_client(REQUEST_INFO)
    try:
        await blob.create_append_blob(match_condition=MatchConditions.IfMissing)
        await blob.append_block(b"{}")
    except (ResourceExistsError, ResourceModifiedError):
        return None  # it was created by a try before
    except HttpResponseError as error:
        return str(to_storage_error(error))
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
