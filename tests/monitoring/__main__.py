"""Plays all scenarios, and writes what arrived of each. It is a process of its own, as telemetry is set up only once.

Command line: `python -m tests.monitoring INGESTION RECEIVED RESULT`: the URL of the recorder, the file in which it
keeps what it gets, and the file to write.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

from shared.exports.states_and_codes import GrantKind
from tests.monitoring.app_telemetry import AppTelemetry
from tests.monitoring.deployment import Deployment
from tests.monitoring.scenarios import SCENARIOS


async def play_all(telemetry: AppTelemetry) -> list[dict[str, Any]]:
    """Plays them one after the other, and returns what became of each."""
    played = []
    for name, play in SCENARIOS.items():
        kind = GrantKind.USER_DELEGATION if "delegation" in name else GrantKind.STORED_POLICY
        here = Deployment(telemetry, kind)
        alerts = await play(here)
        begin, end = here.watched_from.isoformat(), here.now.isoformat()
        played.append({"name": name, "begin": begin, "end": end, "alerts": alerts, "envelopes": here.envelopes})
    return played


def main(ingestion: str, received: str, result: str) -> None:
    """Does what the command line says."""
    played = asyncio.run(play_all(AppTelemetry(ingestion, Path(received))))
    Path(result).write_text(json.dumps(played), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
