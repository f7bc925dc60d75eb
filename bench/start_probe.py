"""Runs in a fresh process: starts an app, submits an export, polls it once, and prints what that cost.

`python start_probe.py APP [ARGUMENT]` prints a line of JSON: the CPU seconds of the process so far, its resident bytes,
and how many modules it has imported (and how many of the Graph SDK), once the functions are indexed and once the
operation is polled.
"""
# ruff: noqa: PLC0415 - when something is imported is what is measured

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

if TYPE_CHECKING:
    from collections.abc import Callable

_marks: dict[str, dict[str, float]] = {}
_STEPS = ("prepare", "submit", "poll")
_LIBRARIES = ("azure.data.tables.aio", "azure.identity.aio", "azure.storage.blob.aio", "httpx")
_WEEK = timedelta(days=7)


def main() -> None:
    """Runs the app that the command line names."""
    app, *arguments = sys.argv[1:]
    # As in the platform's worker there is an event loop before there is an app.
    with asyncio.Runner() as runner:
        _APPS[app](runner, *arguments)
    print(json.dumps(_marks))


def ours(runner: asyncio.Runner, export_id: str) -> None:
    """The product, starting from an export's row, as an instance for Durable functions does."""
    _index()
    runner.run(_advance(export_id))


def alternative(runner: asyncio.Runner, user: str) -> None:
    """The app on the Graph SDK's own client."""
    functions = _index()

    async def life() -> None:
        operation = await functions["submit"](user)
        await functions["poll"](operation)
        _mark("polled")

    runner.run(life())


def floor(_: asyncio.Runner) -> None:
    """No app, only the imports that any such app needs."""
    import_module("azure.durable_functions")
    _mark("indexed")
    for name in _LIBRARIES:
        import_module(name)
    _mark("polled")


def calls(runner: asyncio.Runner, user: str) -> None:
    """The floor, and the calls that submit and poll an export, made by hand without an app or the Graph SDK."""
    floor(runner)
    runner.run(_least_calls(user))
    _mark("polled")


def enter(runner: asyncio.Runner, user: str) -> None:
    """Records an export of a user, as the API does, and prints its id. This measures nothing."""
    from shared.bootstrap import services
    from shared.exports.calendar_period import CalendarPeriod
    from shared.exports.export import ExportRequest, Subject
    from shared.exports.ids import new_export_id
    from shared.exports.states_and_codes import SubjectType
    from shared.exports.transitions.acceptance import accept

    request = ExportRequest(subject=Subject(SubjectType.USER, user))
    now, due_after = datetime.now(UTC), CalendarPeriod(days=30)
    export = accept(request, new_export_id(), "bench", now, due_after=due_after, correlation={})

    async def record() -> None:
        await services().records.insert(export, None)

    runner.run(record())
    _marks[export.id] = {}


async def _advance(export_id: str) -> None:
    from shared.bootstrap import services
    from shared.workflow.advance_export import advance_export

    # The pauses between the steps are skipped: they cost nothing.
    skipped = timedelta()
    shifted = replace(services(), now=lambda: datetime.now(UTC) + skipped)
    for _ in _STEPS:
        come_back = await advance_export(export_id, shifted) or shifted.now()
        skipped += max(come_back - shifted.now(), timedelta())
    _mark("polled")
    saved = await services().records.get(export_id)
    if saved is None or saved.export.polls != 1:
        raise RuntimeError(f"The export was not polled once: {saved}")


async def _least_calls(user: str) -> None:
    import httpx
    from azure.core.exceptions import ResourceExistsError
    from azure.data.tables.aio import TableServiceClient
    from azure.identity.aio import ManagedIdentityCredential
    from azure.storage.blob import AccessPolicy, ContainerSasPermissions, generate_container_sas
    from azure.storage.blob.aio import BlobServiceClient

    now, key, graph = datetime.now(UTC), os.environ["EXPORT_ACCOUNT_KEY"], os.environ["GRAPH_ENDPOINT"]
    credential = ManagedIdentityCredential()
    tables = TableServiceClient(os.environ["OUTCOME_TABLE_ENDPOINT"], credential=credential)
    table = tables.get_table_client("Calls")
    with contextlib.suppress(ResourceExistsError):  # an earlier round made it
        await tables.create_table("Calls")
    row = {"PartitionKey": user, "RowKey": "row"}
    await table.create_entity(row)
    blobs = BlobServiceClient(os.environ["EXPORT_BLOB_ENDPOINT"], credential=key)
    container = await blobs.create_container(f"calls-{uuid4()}")
    policy = AccessPolicy(ContainerSasPermissions(add=True, create=True, write=True), now + _WEEK, now - _WEEK / 7)
    await container.set_container_access_policy({"export": policy})
    sas = generate_container_sas(str(container.account_name), container.container_name, key, policy_id="export")
    token = await credential.get_token("https://graph.microsoft.com/.default")
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token.token}"}) as http:
        body = {"storageLocation": f"{container.url}?{sas}"}
        submitted = await http.post(f"{graph}/v1.0/users/{user}/exportPersonalData", json=body)
        operation = submitted.raise_for_status().headers["Location"].rpartition("/")[2]
        polled = await http.get(f"{graph}/v1.0/dataPolicyOperations/{operation}")
    await table.upsert_entity({**row, "status": polled.raise_for_status().json()["status"]})


def _index() -> dict[str, Callable[..., Any]]:
    functions = import_module("function_app").app.get_functions()
    named = {str(each.get_function_name()): each.get_user_function() for each in functions}
    _mark("indexed")
    return named


def _mark(name: str) -> None:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    _marks[name] = {
        "cpu": time.process_time(),
        "resident": float(pages * os.sysconf("SC_PAGE_SIZE")),
        "modules": len(sys.modules),
        "sdk": sum(module.partition(".")[0] == "msgraph" for module in sys.modules),
    }


_APPS: dict[str, Callable[..., None]] = {
    "ours": ours,
    "alternative": alternative,
    "floor": floor,
    "calls": calls,
    "enter": enter,
}

if __name__ == "__main__":
    main()
