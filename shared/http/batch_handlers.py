"""Handlers that create and get batches."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from shared.exports.exceptions import ConflictError
from shared.exports.ids import export_id_from_key, is_guid, new_export_id
from shared.exports.timestamps import to_iso
from shared.http.api_errors import ApiError
from shared.http.app_roles import AppRole
from shared.http.csv_bodies import read_csv_items
from shared.http.export_handlers import record_export
from shared.http.request_context import RequestContext, idempotency_key
from shared.http.response_bodies import retry_after_seconds
from shared.records.batch_records import Batch, BatchItem

if TYPE_CHECKING:
    import azure.functions as func
    from azure.durable_functions import DurableOrchestrationClient

    from shared.exports.export import Export

MAX_BATCH_ITEMS = 1000
"""How many exports one call can ask for."""
MAX_BATCH_BODY_BYTES = 1024 * 1024
_CONCURRENT_ITEMS = 16
_CSV = "text/csv"


async def create_batch(call: RequestContext, client: DurableOrchestrationClient) -> func.HttpResponse:
    """`POST /batches`: accepts or refuses each export on its own, and answers 202."""
    call.caller.require(AppRole.SUBMIT)
    wanted = _read_items(call)
    key, caller = idempotency_key(call), call.caller.id
    batch_id = export_id_from_key(caller, f"batch:{key}") if key else new_export_id()
    places = asyncio.Semaphore(_CONCURRENT_ITEMS)

    async def ask_for(number: int, body: dict[str, Any]) -> BatchItem:
        async with places:
            return await _create_item(call, client, batch_id, number, body)

    items = await asyncio.gather(*(ask_for(number, body) for number, body in enumerate(wanted, 1)))
    batch = Batch(id=batch_id, caller=caller, created_at=call.services.now(), items=tuple(items))
    await call.services.batches.save(batch)
    headers = {"Location": call.link(f"batches/{batch_id}"), "Retry-After": "10"}
    return call.answer(202, _batch_body(batch, {}), headers)


async def get_batch(call: RequestContext) -> func.HttpResponse:
    """`GET /batches/{id}`: how far the exports of a batch are."""
    call.caller.require(AppRole.READ, AppRole.SUBMIT)
    batch_id = str(call.request.route_params["id"])
    batch = await call.services.batches.get(batch_id.lower()) if is_guid(batch_id) else None
    if batch is None or not (call.caller.has(AppRole.READ) or batch.caller == call.caller.id):
        raise ApiError(404, "BatchNotFound", "There is no batch with this id that you may see.", "id")
    exports = await _read_exports(call, batch)
    waits = [
        wait for export in exports.values() if (wait := retry_after_seconds(export, call.services.now())) is not None
    ]
    headers = {"Retry-After": str(min(waits))} if waits else {}
    return call.answer(200, _batch_body(batch, exports), headers)


async def _read_exports(call: RequestContext, batch: Batch) -> dict[str, Export]:
    places = asyncio.Semaphore(_CONCURRENT_ITEMS)

    async def read(export_id: str) -> Export | None:
        async with places:
            saved = await call.services.records.get(export_id)
        return None if saved is None else saved.export

    ids = [item.export_id for item in batch.items if item.export_id]
    found = await asyncio.gather(*(read(export_id) for export_id in ids))
    return {export.id: export for export in found if export is not None}


async def _create_item(
    call: RequestContext, client: DurableOrchestrationClient, batch_id: str, number: int, body: dict[str, Any]
) -> BatchItem:
    try:
        export = await record_export(call, client, json.dumps(body).encode(), key=f"{batch_id}:{number}")
    except ApiError as error:
        return BatchItem(number=number, error={"code": error.code, "message": error.message, "target": error.target})
    except ConflictError:
        message = "Others ask for an export of the same person at this moment. Ask for this one again."
        return BatchItem(number=number, error={"code": "Busy", "message": message, "target": None})
    return BatchItem(number=number, export_id=export.id)


def _batch_body(batch: Batch, exports: dict[str, Export]) -> dict[str, Any]:
    items = [_batch_item_body(item, exports) for item in batch.items]
    counts = Counter(item["status"] for item in items)
    open_ = any(item.export_id for item in batch.items) and (
        not exports or any(not export.status.is_terminal for export in exports.values())
    )
    return {
        "id": batch.id,
        "status": "Running" if open_ else "Completed",
        "createdDateTime": to_iso(batch.created_at),
        "counts": dict(sorted(counts.items())),
        "items": items,
    }


def _batch_item_body(item: BatchItem, exports: dict[str, Export]) -> dict[str, Any]:
    if item.export_id is None:
        return {"number": item.number, "exportId": None, "status": "Refused", "error": item.error}
    export = exports.get(item.export_id)
    status = "NotStarted" if export is None else export.status.value
    problem = export and export.error and {"code": export.error.code, "message": export.error.message, "target": None}
    return {"number": item.number, "exportId": item.export_id, "status": status, "error": problem}


def _read_items(call: RequestContext) -> list[dict[str, Any]]:
    """The bodies that a batch asks for, each still to be checked on its own.

    Raises:
        ApiError: 400, 413, 415, where the batch as a whole can't be read.
    """
    if call.media_type == _CSV:
        wanted = read_csv_items(call.body(_CSV, most=MAX_BATCH_BODY_BYTES))
    else:
        wanted = _read_json_items(call.body(most=MAX_BATCH_BODY_BYTES))
    if not wanted:
        raise ApiError(400, "MissingField", "The batch asks for no export.", "exports")
    if len(wanted) > MAX_BATCH_ITEMS:
        raise ApiError(400, "BatchTooLarge", f"A batch can have {MAX_BATCH_ITEMS} exports at most.", "exports")
    return wanted


def _read_json_items(body: bytes) -> list[dict[str, Any]]:
    try:
        given = json.loads(body)
    except ValueError:
        raise ApiError(400, "InvalidJson", "The body is not JSON.", "body") from None
    if not isinstance(given, dict) or set(given) != {"exports"} or not isinstance(given["exports"], list):
        raise ApiError(400, "InvalidValue", 'Send {"exports": [...]}, each as for POST /exports.', "body")
    return given["exports"]
