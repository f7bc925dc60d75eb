"""Telemetry items as SDKs send them."""

from typing import Any

KEY = "00000000-0000-0000-0000-00000000000a"


def envelope(base_type: str, content: dict[str, Any], **others: Any) -> dict[str, Any]:
    return {
        "name": "Microsoft.ApplicationInsights.Any",
        "time": "2026-11-26T10:00:00.000000Z",
        "iKey": KEY,
        "data": {"baseType": base_type, "baseData": {"ver": 2, **content}},
        **others,
    }


def event(name: str, **others: Any) -> dict[str, Any]:
    return envelope("EventData", {"name": name}, **others)
