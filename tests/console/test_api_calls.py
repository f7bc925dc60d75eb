"""What each view asks of the API when it is opened: the bench shows it, and here it stays as it is."""

import pytest

from bench.console import MOST_CALLS, Visit, paths, visit
from tests.console.visitors import Visitors
from tests.e2e.caller import Caller

ME = "GET /me"
ASKED = {
    "the list": ["GET /exports", ME],
    "an export": ["GET /exports", "GET /exports/{id}", "GET /exports/{id}/events", "GET /exports/{id}/files", ME],
    "a new export": [ME],
    "the setup check": [ME],
}


@pytest.fixture(scope="module")
def export(caller: Caller) -> str:
    ended: str = caller.ended(caller.post(caller.quick(caller.new_user()))["id"])["id"]
    return ended


@pytest.fixture
def visits(visitors: Visitors, export: str) -> dict[str, Visit]:
    return {name: visit(visitors, path) for name, path in paths(export).items()}


def test_a_view_asks_for_what_it_shows_once(visits: dict[str, Visit]) -> None:
    assert {name: sorted(found.calls) for name, found in visits.items()} == ASKED
    assert max(map(len, ASKED.values())) <= MOST_CALLS


def test_a_view_comes_with_one_script_one_style_sheet_and_one_language(visits: dict[str, Visit]) -> None:
    for found in visits.values():
        kinds = sorted(file.rpartition(".")[2] for file in found.files if "/assets/" in file)
        assert kinds == ["css", "js", "json"]
        assert found.received < 150_000, "it comes compressed"
