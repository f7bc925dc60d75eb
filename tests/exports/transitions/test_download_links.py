"""Somebody is given download links."""

import pytest

from shared.exports.exceptions import NotPossibleError
from shared.exports.export import Export, File
from shared.exports.transitions.data_erasure import mark_erased
from shared.exports.transitions.download_links import record_links
from tests.exports.samples import CALLER, DAY, HOUR, NOW, failed, running, succeeded, without_events

UNTIL = NOW + DAY + HOUR


def file(name: str, sha256: str | None) -> File:
    return File(name=name, size=1, md5=None, sha256=sha256, modified_at=NOW)


def test_each_link_is_an_event_of_its_own_without_the_name_of_the_file() -> None:
    files = {7: file("a.json", "f" * 64), 2: file("b.json", None)}
    export = record_links(without_events(succeeded()), files, CALLER, UNTIL, NOW + DAY)
    assert [(event.type, event.actor) for event in export.unsaved] == [("LinkCreated", CALLER)] * 2
    assert [event.detail for event in export.unsaved] == [
        {"number": 7, "sha256": "f" * 64, "until": "2026-11-02T10:00:00Z"},
        {"number": 2, "until": "2026-11-02T10:00:00Z"},
    ]


@pytest.mark.parametrize(
    ("export", "code"),
    [
        (running(), "ExportNotSucceeded"),
        (failed(), "ExportNotSucceeded"),
        (mark_erased(succeeded(), NOW + DAY), "DataErased"),
    ],
)
def test_an_export_without_files_has_no_links(export: Export, code: str) -> None:
    with pytest.raises(NotPossibleError) as raised:
        record_links(export, {1: file("a.json", None)}, CALLER, UNTIL, NOW + DAY)
    assert raised.value.code == code
