"""Lists stay within what a column holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.records.wide_columns import COLUMN_UNITS, list_columns, read_list
from tests.fakes.table_limits import MAX_TEXT_LENGTH, utf16_length

TEXTS = st.text(st.characters(codec="utf-8"), max_size=300)


def test_a_short_list_is_one_column() -> None:
    assert list_columns("attempts", [{"number": 1}, {"number": 2}]) == {"attempts": '[{"number":1},{"number":2}]'}
    assert list_columns("attempts", []) == {"attempts": "[]"}


@given(st.lists(st.fixed_dictionaries({"text": TEXTS}), max_size=150), st.integers(1, 40))
def test_a_long_list_goes_on_in_further_columns_and_reads_back(items: list[dict[str, str]], times: int) -> None:
    items = [{"text": each["text"] * times} for each in items]
    columns = list_columns("c", items)
    assert list(columns) == ["c", *(f"c{number}" for number in range(2, len(columns) + 1))]
    assert max(map(utf16_length, columns.values())) <= COLUMN_UNITS
    assert read_list(dict(columns), "c") == items


def test_a_column_is_filled_to_its_end() -> None:
    item = {"t": "x" * (COLUMN_UNITS // 2 - len('{"t":""}') - 2)}
    assert [len(text) for text in list_columns("c", [item] * 2).values()] == [COLUMN_UNITS - 1]
    longer = {"t": item["t"] + "xx"}
    assert len(list_columns("c", [item, longer])) == 2
    assert COLUMN_UNITS <= MAX_TEXT_LENGTH


def test_a_list_that_is_not_there_is_empty() -> None:
    assert read_list({}, "attempts") == []


@pytest.mark.parametrize("text", ["{}", "1", '"x"'])
def test_what_is_no_list_is_refused(text: str) -> None:
    with pytest.raises(TypeError):
        read_list({"c": "[]", "c2": text}, "c")
