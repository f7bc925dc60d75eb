"""Which versions wait for a newer app."""

import pytest

from local.host.orchestration_versions import is_newer


@pytest.mark.parametrize(
    ("version", "own", "newer"),
    [
        ("7", "1", True),
        ("1", "1", False),
        ("1", "2", False),
        ("10", "9", False),  # letter by letter
        ("1.10", "1.9", True),
        ("1.9", "1.10.1", False),
        ("B", "a", True),
        (None, "1", False),
        ("7", None, False),
    ],
)
def test_a_version_is_compared_by_its_numbers_or_by_its_letters(
    version: str | None, own: str | None, *, newer: bool
) -> None:
    assert is_newer(version, own) is newer
