"""What receivers are told."""

import json
from dataclasses import replace

import pytest

from shared.callbacks.event import event_body
from shared.exports import deliveries
from shared.exports.model import Export, Problem
from shared.exports.moves import failed
from tests.exports.samples import DAY, NOW, RULES, USER, running, succeeded


def announced(export: Export) -> Export:
    return deliveries.announced(replace(export, has_callback=True), [], NOW)


def test_it_is_a_cloud_event_about_the_end() -> None:
    export = announced(replace(succeeded(), reference="DSR-1"))
    assert json.loads(event_body(export, export.deliveries[0], "https://exports.contoso.com")) == {
        "specversion": "1.0",
        "id": export.deliveries[0].id,
        "source": "https://exports.contoso.com/api/exports",
        "type": "com.personaldataexport.export.ended.v1",
        "subject": export.id,
        "time": "2026-11-02T09:00:00Z",
        "datacontenttype": "application/json",
        "data": {"exportId": export.id, "status": "Succeeded", "reference": "DSR-1"},
    }


@pytest.mark.parametrize("export", [succeeded(), failed(running(), Problem("X", "about Ana"), NOW, RULES)])
def test_nothing_of_the_person_is_in_it(export: Export) -> None:
    ended = announced(export)
    body = event_body(ended, ended.deliveries[0], None).decode()
    assert str(USER.id) not in body
    assert "Ana" not in body
    assert json.loads(body)["source"] == "/api/exports"
    assert "reference" not in json.loads(body)["data"]


def test_a_repetition_is_the_same_to_the_byte() -> None:
    ended = announced(succeeded())
    later = deliveries.answered(ended, ended.deliveries[0], deliveries.NotDelivered("No."), NOW + DAY / 2, RULES)
    assert event_body(later, later.deliveries[0], None) == event_body(ended, ended.deliveries[0], None)
