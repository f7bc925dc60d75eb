"""Counts the calls to storage of what callers do with an export besides requesting it."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.product import product_on
from bench.table import Row
from local.stack.azurite import Azurite
from local.stack.child_processes import Family
from shared.http import command_handlers, file_handlers, handover_handlers

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import azure.functions as func
    from azure.storage.blob.aio import ContainerClient

    from bench.product import Product
    from bench.table import Say
    from shared.http.request_context import RequestContext

    Handler = Callable[[RequestContext], Awaitable[func.HttpResponse]]

FILES = 5
_MOST = 8


def measure(say: Say) -> list[Row]:
    """Measures, and returns the row of the table."""
    say("each change of an export on a real table, request by request")
    with tempfile.TemporaryDirectory() as folder, Family(Path(folder)) as family:
        counted = asyncio.run(count(Azurite(Path(folder), family).start()))
    return [
        Row(
            what="what callers change of an export: storage calls",
            ours="; ".join(f"{name} {calls}" for name, calls in counted.items()),
            reach=f"at most {_MOST}",
            met=max(counted.values()) <= _MOST,
        )
    ]


async def count(azurite: Azurite) -> dict[str, int]:
    """The requests to storage of each call, by its name, on an export that has succeeded with a few files."""
    counted = {}
    async with product_on(azurite) as product:
        export_id = await product.arrive(_write)
        for name, (call, handler, body) in _calls(product).items():
            product.wire.take()
            await product.ask(handler, call, body, id=export_id)
            counted[name] = len(product.wire.take())
    return counted


def _calls(product: Product) -> dict[str, tuple[str, Handler, object]]:
    services, monitors = product.services, product.monitors
    return {
        "links": (
            "POST /exports/{id}/links",
            lambda context: file_handlers.create_links(context, services),
            {"files": ["0.json"]},
        ),
        "hand-over": (
            "POST /exports/{id}/handover",
            lambda context: handover_handlers.hand_over_export(context, services, monitors),
            {"method": "portal"},
        ),
        "erase": (
            "DELETE /exports/{id}/data",
            lambda context: command_handlers.erase_export(context, services),
            None,
        ),
    }


async def _write(container: ContainerClient) -> None:
    for number in range(FILES):
        await container.upload_blob(f"{number}.json", b"{}")
