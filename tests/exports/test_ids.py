"""Ids."""

import pytest

from shared.exports.ids import export_id_from_key, is_guid, new_export_id


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
