"""What receivers are told."""

import json
from dataclasses import replace

import pytest

from shared.callbacks.callback_message import callback_body
from shared.exports import callback_results
from shared.exports.export import Export, Problem
from shared.exports.transitions import callback_deliveries
from shared.exports.transitions.ending import fail
from tests.exports.samples import DAY, LIMITS, NOW, USER, running, succeeded


def announced(export: Export) -> Export:
    return callback_deliveries.announce_end(replace(export, has_callback=True), [], NOW)


def test_it_is_a_cloud_event_about_the_end() -> None:
    export = announced(replace(succeeded(), reference="DSR-1"))
    assert json.loads(callback_body(export, export.deliveries[0], "https://exports.contoso.com")) == {
        "specversion": "1.0",
        "id": export.deliveries[0].id,
        "source": "https://exports.contoso.com/api/exports",
        "type": "com.personaldataexport.export.ended.v1",
        "subject": export.id,
        "time": "2026-11-02T09:00:00Z",
        "datacontenttype": "application/json",
        "data": {"exportId": export.id, "status": "Succeeded", "reference": "DSR-1"},
    }


@pytest.mark.parametrize("export", [succeeded(), fail(running(), Problem("X", "about Ana"), NOW, LIMITS)])
def test_nothing_of_the_person_is_in_it(export: Export) -> None:
    ended = announced(export)
    body = callback_body(ended, ended.deliveries[0], None).decode()
    assert str(USER.id) not in body
    assert "Ana" not in body
    assert json.loads(body)["source"] == "/api/exports"
    assert "reference" not in json.loads(body)["data"]


def test_a_repetition_is_the_same_to_the_byte() -> None:
    ended = announced(succeeded())
    later = callback_deliveries.apply_callback_result(
        ended, ended.deliveries[0], callback_results.NotDelivered("No."), NOW + DAY / 2, LIMITS
    )
    assert callback_body(later, later.deliveries[0], None) == callback_body(ended, ended.deliveries[0], None)
