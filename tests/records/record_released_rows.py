"""Records the rows of exports as the present code stores them, once for each released version.

`python -m tests.records.record_released_rows VERSION` writes them, with the containers that they name. Later versions
have to read what released ones stored: tests/http/test_released_rows.py makes every call about each recorded export.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from shared.exports.export import Export, ExportRequest, Subject
from shared.exports.states_and_codes import SubjectType
from shared.use_cases.cancel_retry_erase import cancel_export, erase_export
from shared.use_cases.create_download_links import create_download_links
from shared.use_cases.manage_subscriptions import SubscriptionRequest, add_subscription
from tests.exports.samples import CALLER
from tests.fakes.hooked_services import HookedServices
from tests.fakes.in_memory_graph import Fate
from tests.use_cases.export_runs import advance, create, read, run_to_end, submit

FOLDER = Path(__file__).parent / "released"
TIME = "dateTime"
"""The name under which a time is in JSON, where a text would be a text."""
DAYS_AFTER = 9
"""How long after the first request the rows are recorded: what is still running has run for days."""


async def request(fakes: HookedServices, name: str) -> str:
    """Requests an export of somebody of that name, whose end is to be reported, and returns its id."""
    subject = Subject(SubjectType.USER, str(uuid5(NAMESPACE_URL, name)))
    wanted = ExportRequest(
        subject=subject, reference=f"DSR {name}", digest=name, callback_url=f"https://{name}.example/"
    )
    return (await create(fakes, wanted, key=name)).id


async def succeed(fakes: HookedServices, export_id: str) -> Export:
    """Lets it succeed and report that; then somebody gets a link."""
    await run_to_end(fakes, export_id)
    await advance(fakes, export_id)
    export = await read(fakes, export_id)
    files = [file.name async for file in fakes.services.records.files(export)]
    await create_download_links(export, files[:1], CALLER, fakes.services)
    return await read(fakes, export_id)


async def run_and_erase(fakes: HookedServices, export_id: str) -> Export:
    await succeed(fakes, export_id)
    return await erase_export(export_id, CALLER, fakes.services)


async def cancel(fakes: HookedServices, export_id: str) -> Export:
    await submit(fakes, export_id)
    return await cancel_export(export_id, CALLER, fakes.services, fakes.monitors)


LIVES: dict[str, Callable[[HookedServices, str], Awaitable[Export]]] = {
    "accepted": read,
    "running": submit,
    "succeeded": succeed,
    "failed": lambda fakes, export_id: run_to_end(fakes, export_id, Fate.FAILED),
    "canceled": cancel,
    "erased": run_and_erase,
}
"""What has become of each export, by its name."""


async def recorded() -> dict[str, Any]:
    """All that is stored of an export at each of these points."""
    fakes = HookedServices()
    begun, ids = fakes.clock(), {}
    await add_subscription(SubscriptionRequest("https://all.example/", frozenset(), None), CALLER, fakes.services)
    for name in [*list(LIVES)[2:], *list(LIVES)[:2]]:  # the open ones last, so that they are not over meanwhile
        ids[name] = await request(fakes, name)
        await LIVES[name](fakes, ids[name])
    fakes.pass_time(max(begun + timedelta(days=DAYS_AFTER) - fakes.clock(), timedelta()))
    return {
        "now": fakes.clock().isoformat(),
        "exports": ids,
        "tables": {
            name.value: [as_json(stored.row) for stored in table.all_rows()] for name, table in fakes.tables.items()
        },
        "containers": {
            name: {path: blob.content.decode() for path, blob in container.blobs.items()}
            for name, container in fakes.account.containers.items()
        },
    }


def as_json(row: dict[str, Any]) -> dict[str, Any]:
    """A row in JSON; `from_json` reads it."""
    return {name: {TIME: value.isoformat()} if isinstance(value, datetime) else value for name, value in row.items()}


def from_json(row: dict[str, Any]) -> dict[str, Any]:
    """The row as it was stored."""
    return {
        name: datetime.fromisoformat(value[TIME]).astimezone(UTC) if isinstance(value, dict) else value
        for name, value in row.items()
    }


def written(record: dict[str, Any]) -> str:
    """The text of a recording, with a row on each line."""
    rows = {name: [json.dumps(row, ensure_ascii=False) for row in rows] for name, rows in record["tables"].items()}
    between = ",\n"
    tables = between.join(f'"{name}": [\n{between.join(lines)}\n]' for name, lines in rows.items())
    rest = between.join(f'"{name}": {json.dumps(value)}' for name, value in record.items() if name != "tables")
    return f'{{\n{rest},\n"tables": {{\n{tables}\n}}\n}}\n'


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"rows-{sys.argv[1]}.json").write_text(written(asyncio.run(recorded())), encoding="utf-8")
