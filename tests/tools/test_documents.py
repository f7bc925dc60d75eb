"""What is made from the code is up to date, and the table of errors is put where it belongs."""

from pathlib import Path

import pytest

from shared.http.api_errors import ApiErrorCode
from tools.documents import documents, with_error_table

HEAD = "| status | code | meaning |\n|---|---|---|\n"


@pytest.mark.parametrize("path", documents(), ids=lambda path: path.name)
def test_what_is_made_from_the_code_is_up_to_date(path: Path) -> None:
    assert path.read_text() == documents()[path], "run make docs"


def test_the_rows_of_the_table_are_replaced_and_nothing_else() -> None:
    made = with_error_table(f"before\n\n{HEAD}| 400 | `Old` | old |\n\n| other | table |\n")
    assert made.startswith(f"before\n\n{HEAD}| 400 | `MissingBody` | ")
    assert made.endswith(" |\n\n| other | table |\n")
    assert made.count("\n| ") == len(ApiErrorCode) + 2
    assert with_error_table(made) == made
    assert with_error_table(HEAD).count("\n| ") == len(ApiErrorCode)


@pytest.mark.parametrize("text", ["no table", HEAD + HEAD], ids=["none", "two"])
def test_a_document_without_its_place_is_noticed(text: str) -> None:
    with pytest.raises(ValueError, match="tables of errors"):
        with_error_table(text)
