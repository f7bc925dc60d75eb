"""The hash of an event, which covers its predecessor's: so no line of a trail can be changed or left out unnoticed.

Who can write the table can compute all hashes anew. What shows that is the head of the trail, kept elsewhere: in
callbacks, in the receipt of a package, and wherever a caller stored it.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from shared.exports.timestamps import to_iso

if TYPE_CHECKING:
    from shared.exports.export import Event


def event_sha256(export_id: str, event: Event) -> str:
    """SHA-256, in hex, of the canonical form of an event (RFC 8785), which is made of what the API shows of it.

    `json.dumps` writes that form, because the names are ASCII, the texts well-formed and the numbers whole and small:
    RFC 8785 sorts names by UTF-16 units, escapes what JSON must escape and nothing else, and writes numbers as
    ECMAScript does.
    """
    canonical = {
        "actor": event.actor,
        "dateTime": to_iso(event.at),
        "detail": event.detail,
        "exportId": export_id,
        "number": event.number,
        "previousSha256": event.previous_sha256,
        "type": event.type.value,
    }
    text = json.dumps(canonical, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
