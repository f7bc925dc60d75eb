"""The console previews a batch in CSV as the API reads it."""

import json
import random
from itertools import product
from typing import Any

import pytest

from local.checkout import ROOT
from shared.http.api_errors import ApiError
from shared.http.csv_bodies import read_csv_batch
from shared.http.request_bodies import read_export_item
from shared.national_clouds import CLOUDS
from tests.node_programs import run_node

READER = ROOT / "console" / "tests" / "read-csv.mjs"
GUID = "0b0f2a34-9f3f-4d0f-8a6b-54a4c1b6f001"
LIMITS = ("limits",)
FAULTS = ("column", "encoding", "header", "record", "twice")
"""What the preview says where the API says InvalidCsv."""
CELLS = (
    *(
        "",
        " ",
        "\u00a0",
        "\u200b",
        "user",
        "USER",
        " user ",
        "group",
        "InboundSharedUserProfile",
        "true",
        "yes",
        "46357",
    ),
    *(GUID, GUID.upper(), f"\u200b{GUID} ", "anna@contoso.com", "anna", "$anna@contoso.com", "a@b", "a" * 65 + "@b.de"),
    *("2026-12-01T09:00:00Z", "2026-12-01", "2026-12-01 10:00+01", "2026-02-29T09:00Z", "1999-12-31T23:59:59Z"),
    *("2026-12-01T09:00:60Z", "2026-12-01t09:00:00.123456789z", "2200-01-01T00:00Z", "2026-13-01T09:00Z"),
    *("2026-12-01T24:00Z", "2026-12-01T09:00+24:00", "0000-01-01T09:00Z", "2026-12-01T09:00-0130", "DSR 1", "x" * 129),
    *(
        "é" * 128,
        "😀" * 128,
        "a\tb",
        '"a, b"',
        '"a;b"',
        '"a\nb"',
        '"a""b"',
        'a"b',
        '"a"b',
        '"',
        "\ufeff",
        "\x85",
        "\x1f",
    ),
    *(' "a, b"', '  " a"', '"a" ', "\u00a0user"),
)
TIMES = ("2026-12-01T09:00:00Z", "2026-12-01T10:00+01:00", "2026-12-01T09:00:00.001Z", "2026-12-01T09:00-01", "soon")
HEADERS = (
    "type,id,reference,receivedDateTime,dueDateTime,allowDuplicate",
    "ID,Type,DueDateTime,ReceivedDateTime",
    " type , id ,,reference",
    "type,id,reference,,",
    '"type","id"',
    "type,id,ID",
    "type,id,callbackUrl",
    "type",
)
BEGINNINGS = ("", "\ufeff", "sep={}\n", "\ufeffSEP={}\r\n", "\n{}{}\n", " sep=\n")
ENDS = ("\n", "\r\n", "\r")


def texts() -> list[str]:
    """CSV of many kinds, always the same."""
    chance = random.Random(17)  # noqa: S311 - not for secrets
    found = ["", "\n", "type,id", "type,id\n", "sep=,", "sep=ab\ntype,id\nuser,x", "type,id\nuser,x"]
    for beginning, header, separator, end in product(BEGINNINGS, HEADERS, ",;\t", ENDS):
        lines = [chance.choices(CELLS, k=chance.randrange(1, 8)) for _ in range(chance.randrange(1, 6))]
        rows = [header.replace(",", separator), *map(separator.join, lines)]
        found.append(beginning.replace("{}", separator) + end.join(rows) + end * chance.randrange(2))
    # Each value in each column, in lines that are right otherwise.
    for cell, place in product(CELLS, range(6)):
        right = ["user", GUID, "", "", "", ""]
        found.append(f"{HEADERS[0]}\n{','.join([*right[:place], cell, *right[place + 1 :]])}\n")
    found += [f"{HEADERS[0]}\nuser,{GUID},,{received},{due}\n" for received, due in product(TIMES, TIMES)]
    found += [f"type,id\n{f'user,{GUID}{chr(10)}' * 2}"]
    found += ["type,id\n" + "user,x\n" * 1000, "type,id\n" + "user,x\n" * 1001, "type,id\nuser,x\n" + "\n" * 9999]
    return found


@pytest.fixture(scope="module")
def previews() -> list[tuple[str, Any]]:
    """Each text with what the console reads of it."""
    given = texts()
    run = run_node(str(READER), folder=ROOT, given=json.dumps(given))
    assert run.returncode == 0, run.stderr
    return list(zip(given, json.loads(run.stdout), strict=True))


def test_the_preview_has_the_lines_that_the_api_reads(previews: list[tuple[str, Any]]) -> None:
    for text, preview in previews:
        shown = preview if isinstance(preview, str) else [as_item(line) for line in preview]
        read = as_the_api_reads(text)
        assert shown in read if isinstance(read, tuple) else shown == read, text


def as_the_api_reads(text: str) -> list[dict[str, Any]] | tuple[str, ...]:
    """The items of a text, or what the preview may say where the API refuses the whole of it."""
    try:
        items = read_csv_batch(text.encode(), 1001)
    except ApiError as error:
        return FAULTS if error.code == "InvalidCsv" else LIMITS
    if not items:
        return ("empty",)
    return LIMITS if len(items) > 1000 else [without_stray(item) for item in items]


def test_a_line_is_said_to_be_refused_if_and_only_if_the_api_refuses_it(previews: list[tuple[str, Any]]) -> None:
    verdicts = set()
    for text, preview in previews:
        if isinstance(preview, str):
            continue
        for item, line in zip(read_csv_batch(text.encode(), 1001), preview, strict=True):
            assert line["isRefused"] == is_refused(item), (text, item)
            verdicts.add(line["isRefused"])
    assert verdicts == {True, False}


def as_item(line: Any) -> dict[str, Any]:
    """A line of the preview as the item that the API reads."""
    fields = dict(line["fields"])
    subject = {name: fields.pop(name) for name in ("type", "id") if name in fields}
    if fields.get("allowDuplicate") in {"true", "false"}:
        fields["allowDuplicate"] = fields["allowDuplicate"] == "true"
    stray = {} if line["unnamedColumn"] is None else {"stray": f"column {line['unnamedColumn']}"}
    return {"subject": subject, **fields, **stray}


def without_stray(item: Any) -> dict[str, Any]:
    """An item of the API, with the name of the column that has none in place of its value."""
    stray = next((name for name in item if name.startswith("column ")), None)
    rest = {name: value for name, value in item.items() if name != stray}
    return rest if stray is None else {**rest, "stray": stray}


def is_refused(item: object) -> bool:
    try:
        request = read_export_item(item, CLOUDS["Global"])
    except ApiError:
        return True
    # The use case compares these two.
    return request.due_at is not None and request.received_at is not None and request.due_at <= request.received_at
