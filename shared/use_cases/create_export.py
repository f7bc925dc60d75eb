"""Creates an export once for each idempotency key, and starts its monitor."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shared.exports.exceptions import AlreadyRecordedError, IdempotencyKeyReusedError
from shared.exports.ids import export_id_from_key, new_export_id
from shared.exports.transitions.acceptance import accept
from shared.use_cases.change_export import get_saved

if TYPE_CHECKING:
    from shared.exports.export import Export, ExportRequest
    from shared.protocols import Monitors
    from shared.services import Services


async def create_export(
    request: ExportRequest,
    caller: str,
    services: Services,
    monitors: Monitors,
    *,
    key: str | None,
    correlation: dict[str, str],
) -> Export:
    """Records an export and starts its monitor, or finds the one that the same key created.

    Args:
        request: what to export.
        caller: the principal that asks.
        services: what the use case works with.
        monitors: where the monitor is started.
        key: the caller's idempotency key; with None every call creates another export.
        correlation: the ids of this call, for the audit trail.

    Raises:
        CallbackNotAllowedError: callbacks may not go to the URL of the request.
        IdempotencyKeyReusedError: the key was used for another request.
        SubjectBusyError: another export of the person is open, and the request does not allow a second one.
        ConflictError: other calls for the same person got in the way; nothing was recorded.
    """
    if request.callback_url is not None:
        services.callbacks.check(request.callback_url)
    export = accept(
        request,
        export_id_from_key(caller, key) if key else new_export_id(),
        caller,
        services.now(),
        due_after=services.limits.due_after,
        correlation=correlation,
    )
    # Looked for first: a key that was used before must not claim the person.
    earlier = await services.records.get(export.id) if key else None
    if earlier is not None:
        return _same_request(earlier.export, request)
    try:
        await services.records.insert(export, request.callback_url)
    except AlreadyRecordedError:  # by the same call, repeated at the same moment
        return _same_request((await get_saved(export.id, services)).export, request)
    await monitors.start(export.id)
    return export


def _same_request(earlier: Export, request: ExportRequest) -> Export:
    """The export that the key created; IdempotencyKeyReusedError if it was for another request."""
    if earlier.request_digest != request.digest:
        raise IdempotencyKeyReusedError
    return earlier
