"""The files of an export."""

import csv
import io
import json
from datetime import UTC, datetime

from local.graph.sample_export_files import export_files

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
SUBJECT = "11f2c6a8-3b7d-4e52-9c04-8d1a6f0e5b23"


def test_there_are_several_products_with_folders_in_folders() -> None:
    names = [file.name for file in export_files(SUBJECT, NOW)]

    assert len({name.split("/")[0] for name in names}) >= 3
    assert max(name.count("/") for name in names) >= 3
    assert len(set(names)) == len(names)
    assert "RequestInfo.json" not in names


def test_the_files_are_what_they_say_they_are() -> None:
    for file in export_files(SUBJECT, NOW):
        text = file.content.decode()
        if file.content_type == "application/json":
            assert json.loads(text)
        elif file.content_type == "text/csv":
            assert {row["UserId"] for row in csv.DictReader(io.StringIO(text))} == {SUBJECT}
        else:
            assert "made up" in text


def test_an_export_is_a_few_kilobytes_in_blobs_of_both_kinds() -> None:
    files = export_files(SUBJECT, NOW)

    assert 8_000 < sum(len(file.content) for file in files) < 100_000
    assert {file.appended for file in files} == {True, False}


def test_an_export_has_the_same_files_each_time() -> None:
    assert export_files(SUBJECT, NOW) == export_files(SUBJECT, NOW)
