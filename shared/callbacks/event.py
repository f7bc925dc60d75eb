"""What receivers are told: that an export has ended and how, as a CloudEvents 1.0 event in JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from shared.exports.moves import iso

if TYPE_CHECKING:
    from shared.exports.model import Delivery, Export

EVENT_TYPE = "com.personaldataexport.export.ended.v1"
_SOURCE_PATH = "/api/exports"


def event_body(export: Export, delivery: Delivery, base_url: str | None) -> bytes:
    """The event, the same bytes for every try; of the person there is nothing in it.

    Args:
        export: an export that has ended.
        delivery: whom it is for.
        base_url: the address of the API, where it is known.
    """
    data = {"exportId": export.id, "status": export.status.value}
    if export.reference is not None:
        data["reference"] = export.reference
    event = {
        "specversion": "1.0",
        "id": delivery.id,
        "source": f"{base_url or ''}{_SOURCE_PATH}",
        "type": EVENT_TYPE,
        "subject": export.id,
        "time": iso(export.completed_at or export.updated_at),
        "datacontenttype": "application/json",
        "data": data,
    }
    return json.dumps(event).encode()
