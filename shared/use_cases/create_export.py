"""Creates an export once for each idempotency key, and starts its monitor."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from shared.exports.exceptions import AlreadyRecordedError, IdempotencyKeyReusedError
from shared.exports.ids import export_id_from_key, new_export_id
from shared.exports.transitions.acceptance import accept
from shared.use_cases.change_export import get_saved

if TYPE_CHECKING:
    from shared.exports.export import Export, ExportRequest
    from shared.protocols import Monitors
    from shared.services import Services

_log = logging.getLogger(__name__)


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

    The process that created that one may have died before it started the monitor, so this is made up for.

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
        ImpossibleDeadlineError: the deadline is not after the receipt of the request.
        SubjectBusyError: another export of the person is open, and the request does not allow a second one.
        ConflictError: other calls for the same person got in the way; nothing was recorded.
    """
    if request.callback_url is not None:
        services.callbacks.check(request.callback_url)
    export_id = export_id_from_key(caller, key) if key else new_export_id()
    # Looked for first: a key that was used before must not claim the person, and its export stands however late it is.
    earlier = await services.records.get(export_id) if key else None
    if earlier is not None:
        return await _return_earlier(earlier.export, request, services, monitors)
    due_after = services.limits.due_after
    export = accept(request, export_id, caller, services.now(), due_after=due_after, correlation=correlation)
    try:
        saved = await services.records.insert(export, request.callback_url)
    except AlreadyRecordedError:  # by the same call, repeated at the same moment
        return await _return_earlier((await get_saved(export.id, services)).export, request, services, monitors)
    await monitors.start(export.id)
    return saved.export


async def _return_earlier(earlier: Export, request: ExportRequest, services: Services, monitors: Monitors) -> Export:
    """The export that the key created, with a monitor if it needs one; an error if it was for another request."""
    if earlier.request_digest != request.digest:
        raise IdempotencyKeyReusedError
    is_due = earlier.next_step_at is not None and earlier.next_step_at <= services.now()
    if is_due and not earlier.status.is_terminal and not await _is_alive(earlier.id, monitors):
        await monitors.start(earlier.id)
    return earlier


async def _is_alive(export_id: str, monitors: Monitors) -> bool:
    """Whether the export has a monitor; where nobody can tell, the reconciler finds out."""
    try:
        return await monitors.is_alive(export_id)
    except Exception:  # noqa: BLE001 - the Durable SDK raises nothing narrower; the export is recorded all the same
        _log.warning("Whether %s has a monitor is not known; if it has none, it gets one within minutes.", export_id)
        return True
