"""The calls that ask for many exports at once, and follow them."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from shared.exports.ids import is_guid, new_export_id, repeatable_export_id
from shared.exports.moves import iso
from shared.http.auth import Role
from shared.http.errors import ApiError
from shared.http.exports import ask, idempotency_key
from shared.http.views import retry_after

if TYPE_CHECKING:
    import azure.functions as func
    from azure.durable_functions import DurableOrchestrationClient

    from shared.exports.model import Export
    from shared.http.calls import Call
    from shared.storage.batches import Batch, Item

MOST = 1000
"""How many exports one call can ask for."""
MAX_BODY = 1024 * 1024
_AT_ONCE = 16
_CSV = "text/csv"
_COLUMNS = ("type", "id", "reference", "receivedDateTime", "dueDateTime", "allowDuplicate")
_YES_NO = {"true": True, "false": False}


async def start(call: Call, client: DurableOrchestrationClient) -> func.HttpResponse:
    """`POST /batches`: accepts or refuses each export on its own, and answers 202."""
    from shared.storage.batches import Batch  # noqa: PLC0415 - imports are paid for when first used

    call.caller.require(Role.SUBMIT)
    wanted = _wanted(call)
    key, caller = idempotency_key(call), call.caller.id
    batch_id = repeatable_export_id(caller, f"batch:{key}") if key else new_export_id()
    places = asyncio.Semaphore(_AT_ONCE)

    async def ask_for(number: int, body: dict[str, Any]) -> Item:
        async with places:
            return await _ask_for(call, client, batch_id, number, body)

    items = await asyncio.gather(*(ask_for(number, body) for number, body in enumerate(wanted, 1)))
    batch = Batch(id=batch_id, caller=caller, created_at=call.services.now(), items=tuple(items))
    await call.services.batches.save(batch)
    headers = {"Location": call.link(f"batches/{batch_id}"), "Retry-After": "10"}
    return call.answer(202, _view(batch, {}), headers)


async def get(call: Call) -> func.HttpResponse:
    """`GET /batches/{id}`: how far the exports of a batch are."""
    call.caller.require(Role.READ, Role.SUBMIT)
    batch_id = str(call.request.route_params["id"])
    batch = await call.services.batches.get(batch_id.lower()) if is_guid(batch_id) else None
    if batch is None or not (call.caller.has(Role.READ) or batch.caller == call.caller.id):
        raise ApiError(404, "BatchNotFound", "There is no batch with this id that you may see.", "id")
    exports = await _exports(call, batch)
    waits = [wait for export in exports.values() if (wait := retry_after(export, call.services.now())) is not None]
    headers = {"Retry-After": str(min(waits))} if waits else {}
    return call.answer(200, _view(batch, exports), headers)


async def _exports(call: Call, batch: Batch) -> dict[str, Export]:
    places = asyncio.Semaphore(_AT_ONCE)

    async def read(export_id: str) -> Export | None:
        async with places:
            saved = await call.services.records.get(export_id)
        return None if saved is None else saved.export

    ids = [item.export_id for item in batch.items if item.export_id]
    found = await asyncio.gather(*(read(export_id) for export_id in ids))
    return {export.id: export for export in found if export is not None}


async def _ask_for(
    call: Call, client: DurableOrchestrationClient, batch_id: str, number: int, body: dict[str, Any]
) -> Item:
    from shared.storage.batches import Item  # noqa: PLC0415
    from shared.storage.records import ConflictError  # noqa: PLC0415

    try:
        export = await ask(call, client, json.dumps(body).encode(), key=f"{batch_id}:{number}")
    except ApiError as error:
        return Item(number=number, error={"code": error.code, "message": error.message, "target": error.target})
    except ConflictError:
        message = "Others ask for an export of the same person at this moment. Ask for this one again."
        return Item(number=number, error={"code": "Busy", "message": message, "target": None})
    return Item(number=number, export_id=export.id)


def _view(batch: Batch, exports: dict[str, Export]) -> dict[str, Any]:
    items = [_item_view(item, exports) for item in batch.items]
    counts = Counter(item["status"] for item in items)
    open_ = any(item.export_id for item in batch.items) and (
        not exports or any(not export.status.is_terminal for export in exports.values())
    )
    return {
        "id": batch.id,
        "status": "Running" if open_ else "Completed",
        "createdDateTime": iso(batch.created_at),
        "counts": dict(sorted(counts.items())),
        "items": items,
    }


def _item_view(item: Item, exports: dict[str, Export]) -> dict[str, Any]:
    if item.export_id is None:
        return {"number": item.number, "exportId": None, "status": "Refused", "error": item.error}
    export = exports.get(item.export_id)
    status = "NotStarted" if export is None else export.status.value
    problem = export and export.error and {"code": export.error.code, "message": export.error.message, "target": None}
    return {"number": item.number, "exportId": item.export_id, "status": status, "error": problem}


def _wanted(call: Call) -> list[dict[str, Any]]:
    """The bodies that a batch asks for, each still to be checked on its own.

    Raises:
        ApiError: 400, 413, 415, where the batch as a whole can't be read.
    """
    if call.media_type == _CSV:
        wanted = _from_csv(call.body(_CSV, most=MAX_BODY))
    else:
        wanted = _from_json(call.body(most=MAX_BODY))
    if not wanted:
        raise ApiError(400, "MissingField", "The batch asks for no export.", "exports")
    if len(wanted) > MOST:
        raise ApiError(400, "BatchTooLarge", f"A batch can have {MOST} exports at most.", "exports")
    return wanted


def _from_json(body: bytes) -> list[dict[str, Any]]:
    try:
        given = json.loads(body)
    except ValueError:
        raise ApiError(400, "InvalidJson", "The body is not JSON.", "body") from None
    if not isinstance(given, dict) or set(given) != {"exports"} or not isinstance(given["exports"], list):
        raise ApiError(400, "InvalidValue", 'Send {"exports": [...]}, each as for POST /exports.', "body")
    return given["exports"]


def _from_csv(body: bytes) -> list[dict[str, Any]]:
    """The rows below the header; an empty cell is a field left out."""
    try:
        text = body.decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        columns = list(reader.fieldnames or ())
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error):
        raise ApiError(400, "InvalidCsv", "The body is not CSV in UTF-8.", "body") from None
    if not {"type", "id"} <= set(columns) <= set(_COLUMNS) or len(columns) != len(set(columns)):
        message = f"The first row names the columns: type and id, and of {', '.join(_COLUMNS[2:])} what you need."
        raise ApiError(400, "InvalidCsv", message, "header")
    return [_from_row(row) for row in rows]


def _from_row(row: dict[Any, Any]) -> dict[str, Any]:
    cells = {name: value for name, value in row.items() if value}
    subject = {name: cells.pop(name) for name in ("type", "id") if name in cells}
    if "allowDuplicate" in cells:
        given = cells["allowDuplicate"]
        cells["allowDuplicate"] = _YES_NO.get(given.lower(), given) if isinstance(given, str) else given
    # Cells beyond the header have no name.
    return {"subject": subject} | {str(name or "beyond the header"): value for name, value in cells.items()}
