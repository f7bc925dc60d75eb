"""Somebody is given download links."""

import pytest

from shared.exports.exceptions import NotPossibleError
from shared.exports.export import Export
from shared.exports.transitions.data_erasure import mark_erased
from shared.exports.transitions.download_links import record_links
from tests.exports.samples import CALLER, DAY, HOUR, NOW, failed, running, succeeded, without_events

UNTIL = NOW + DAY + HOUR


def test_each_link_is_an_event_of_its_own() -> None:
    export = record_links(without_events(succeeded()), ["a.json", "b.json"], CALLER, UNTIL, NOW + DAY)
    assert [(event.type, event.actor) for event in export.unsaved] == [("LinkCreated", CALLER)] * 2
    assert [event.detail for event in export.unsaved] == [
        {"file": name, "until": "2026-11-02T10:00:00Z"} for name in ("a.json", "b.json")
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
        record_links(export, ["a.json"], CALLER, UNTIL, NOW + DAY)
    assert raised.value.code == code
