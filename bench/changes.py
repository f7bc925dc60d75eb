"""Counts the calls to storage of what callers do with an export besides requesting it."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bench.product import product_on
from bench.table import Row
from bench.times import BEGIN, DAY
from local.stack.azurite import Azurite
from local.stack.child_processes import Family
from shared.exports.timestamps import to_iso
from shared.http import (
    command_handlers,
    deadline_handlers,
    file_handlers,
    handover_handlers,
    hold_handlers,
    package_handlers,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import azure.functions as func
    from azure.storage.blob.aio import ContainerClient

    from bench.product import Product
    from bench.table import Say
    from shared.http.request_context import RequestContext

    Handler = Callable[[RequestContext], Awaitable[func.HttpResponse]]

FILES, ERASE = 5, "erase"
_MOST, _MOST_TO_ERASE = 6, 12


def measure(say: Say) -> list[Row]:
    """Measures, and returns the row of the table."""
    say("each change of an export on a real table, request by request")
    with tempfile.TemporaryDirectory() as folder, Family(Path(folder)) as family:
        counted = asyncio.run(count(Azurite(Path(folder), family).start()))
    return [
        Row(
            what="what callers change of an export: storage calls",
            ours="; ".join(f"{name} {calls}" for name, calls in counted.items()),
            reach=f"at most {_MOST}; to erase {_MOST_TO_ERASE}",
            met=all(calls <= (_MOST_TO_ERASE if name == ERASE else _MOST) for name, calls in counted.items()),
        )
    ]


async def count(azurite: Azurite) -> dict[str, int]:
    """The requests to storage of each call, by its name, on an open export and on one that has a few files."""
    counted = {}
    async with product_on(azurite) as product:
        for export_id, calls in [
            (await product.post(), _clock_calls(product)),
            (await product.arrive(_write), _calls_after_end(product)),
        ]:
            for name, (call, handler, body) in calls.items():
                product.wire.take()
                await product.ask(handler, call, body, id=export_id)
                counted[name] = len(product.wire.take())
    return counted


def _clock_calls(product: Product) -> dict[str, tuple[str, Handler, object]]:
    bodies: list[dict[str, str]] = [
        {"action": "extend", "dueDateTime": to_iso(BEGIN + 90 * DAY), "reason": "A complex request"},
        {"action": "pause", "reason": "Asked who is meant"},
        {"action": "resume"},
    ]

    async def change(context: RequestContext) -> func.HttpResponse:
        return await deadline_handlers.change_deadline(context, product.services)

    return {body["action"]: ("POST /exports/{id}/deadline", change, body) for body in bodies}


def _calls_after_end(product: Product) -> dict[str, tuple[str, Handler, object]]:
    services, monitors = product.services, product.monitors
    return {
        "links": (
            "POST /exports/{id}/links",
            lambda context: file_handlers.create_links(context, services),
            {"files": ["0.json"]},
        ),
        "hold": (
            "PUT /exports/{id}/hold",
            lambda context: hold_handlers.place_hold(context, services),
            {"reason": "Case 12"},
        ),
        "lift": (
            "DELETE /exports/{id}/hold",
            lambda context: hold_handlers.lift_hold(context, services),
            None,
        ),
        "package": (
            "POST /exports/{id}/package",
            lambda context: package_handlers.create_package(context, services, monitors),
            {"language": "de"},
        ),
        "hand-over": (
            "POST /exports/{id}/handover",
            lambda context: handover_handlers.hand_over_export(context, services, monitors),
            {"method": "portal"},
        ),
        ERASE: (
            "DELETE /exports/{id}/data",
            lambda context: command_handlers.erase_export(context, services),
            None,
        ),
    }


async def _write(container: ContainerClient) -> None:
    for number in range(FILES):
        await container.upload_blob(f"{number}.json", b"{}")
