"""Which items of a request are accepted, and how the others are told."""

import json
from http import HTTPStatus
from typing import Any

import pytest

from local.monitor.track_request import UnreadableError, judge
from tests.local.monitor.envelopes import envelope, event


@pytest.mark.parametrize("separator", ["\n", "\r\n", "\n\n"])
def test_a_list_and_lines_are_the_same(separator: str) -> None:
    items = [event("one"), event("two")]
    in_lines = judge(separator.join(json.dumps(item) for item in items))
    assert in_lines == judge(json.dumps(items))
    assert (in_lines.status, list(in_lines.accepted)) == (HTTPStatus.OK, items)
    assert in_lines.answer == {"itemsReceived": 2, "itemsAccepted": 2, "errors": []}


@pytest.mark.parametrize("body", ["", "[]", "[1]", "null", "{", '[{"name"', '"text"'])
def test_a_body_without_items_is_refused(body: str) -> None:
    with pytest.raises(UnreadableError):
        judge(body)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (event("name", iKey=""), "Invalid instrumentation key"),
        (event("name", iKey="my key"), "Invalid instrumentation key"),
        (event("name", time=""), "109: Field 'time' on type 'Envelope' is required but missing or empty"),
        (event("name", time="yesterday"), "102: Field 'time' on type 'Envelope' is not a valid time"),
        (event("name", time=1), "102: Field 'time' on type 'Envelope' is not a valid time"),
        (event("name", data="text"), "Field 'data' on type 'Envelope' has no 'baseData'"),
        (event(""), "109: Field 'name' on type 'EventData' is required but missing or empty"),
        (
            envelope("MessageData", {"message": None}),
            "109: Field 'message' on type 'MessageData' is required but missing or empty",
        ),
        (
            envelope("RequestData", {"id": "1", "duration": "00:00:01"}),
            "109: Field 'responseCode' on type 'RequestData' is required but missing or empty",
        ),
    ],
)
def test_an_item_that_is_wrong_is_told_with_its_place(item: dict[str, Any], message: str) -> None:
    error = {"index": 1, "statusCode": 400, "message": message}

    among_others = judge(json.dumps([event("one"), item, event("three")]))
    assert among_others.status == HTTPStatus.PARTIAL_CONTENT
    assert among_others.answer == {"itemsReceived": 3, "itemsAccepted": 2, "errors": [error]}

    alone = judge(json.dumps([item]))
    assert alone.status == HTTPStatus.BAD_REQUEST
    assert alone.answer == {"itemsReceived": 1, "itemsAccepted": 0, "errors": [error | {"index": 0}]}


def test_a_type_that_is_not_known_is_accepted() -> None:
    assert judge(json.dumps([envelope("PageViewData", {})])).status == HTTPStatus.OK
