"""Ids."""

import pytest

from shared.exports.ids import batch_item_key, delivery_id, export_id_from_key, is_guid, new_export_id, subscription_id
from tests.exports.samples import NOW, SECOND


@pytest.mark.parametrize(
    "text", ["", "..", "me", "{0b0f2a34-9f3f-4d0f-8a6b-54a4c1b6f001}", "0" * 36, "0" * 32, "0" * 10_000]
)
def test_what_is_no_guid(text: str) -> None:
    assert not is_guid(text)


def test_a_guid_in_any_case() -> None:
    assert is_guid("0B0F2A34-9f3f-4d0f-8a6b-54a4c1b6f001")
    assert not is_guid("0B0F2A34-9f3f-4d0f-8a6b-54a4c1b6f001\n")


def test_a_key_stands_for_one_id_of_one_caller() -> None:
    assert export_id_from_key("a", "k") == export_id_from_key("a", "k")
    assert len({export_id_from_key(c, k) for c, k in [("a", "k"), ("b", "k"), ("a", "l"), ("ak", ""), ("", "ak")]}) == 5
    assert is_guid(new_export_id())
    assert new_export_id() != new_export_id()


def test_each_item_of_a_batch_has_a_key_of_its_own() -> None:
    assert len({batch_item_key(batch, number) for batch in ("a", "b") for number in (1, 2, 11)}) == 6


def test_a_delivery_keeps_its_id_for_one_end_and_one_receiver() -> None:
    assert delivery_id("e", NOW, "callback") == delivery_id("e", NOW, "callback")
    others = {delivery_id("f", NOW, "callback"), delivery_id("e", NOW + SECOND, "callback"), delivery_id("e", NOW, "s")}
    assert len(others | {delivery_id("e", NOW, "callback")}) == 4


def test_a_subscription_requested_twice_has_one_id() -> None:
    same = subscription_id("a", "https://a.example/", ["Failed"])
    assert same == subscription_id("a", "https://a.example/", ["Failed"])
    others = {
        subscription_id("b", "https://a.example/", ["Failed"]),
        subscription_id("a", "https://b.example/", ["Failed"]),
        subscription_id("a", "https://a.example/", []),
    }
    assert len(others | {same}) == 4
