"""Reads what a running recorder was sent."""

import json
import urllib.request
from collections.abc import Mapping, Sequence
from typing import Any

from local.monitor.telemetry_tables import Row, tables

_TIMEOUT_SECONDS = 10.0


def envelopes(monitor: str) -> Sequence[dict[str, Any]]:
    """Return all items that arrived, in the order of their arrival.

    Args:
        monitor: the root URL of the recorder.

    Raises:
        OSError: it doesn't answer.
    """
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{monitor}/_local/envelopes", timeout=_TIMEOUT_SECONDS) as answer:
        return [json.loads(line) for line in answer]


def arrived(monitor: str) -> Mapping[str, Sequence[Row]]:
    """Return the tables of Log Analytics with all that arrived: see `telemetry_tables.tables`.

    Raises:
        OSError: the recorder doesn't answer.
    """
    return tables(envelopes(monitor))
