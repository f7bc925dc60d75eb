"""The imports that are found in a module's source."""

import pytest

from tools.package.imports import Import, imports_of

SOURCE = b"""
import json, os.path
from . import near
from ..far import one, two
from typing import TYPE_CHECKING
import typing
if TYPE_CHECKING:
    import for_types
else:
    import at_run_time
if typing.TYPE_CHECKING:
    import for_types_too
try:
    import perhaps
except ImportError:
    import instead
class Holder:
    import in_class
    async def method(self):
        with self:
            from later import much
"""


def found(**options: bool) -> dict[str, Import]:
    return {each.module: each for each in imports_of(SOURCE, "top.middle.module", **{"is_package": False, **options})}


def test_all_imports_are_found_but_those_for_type_checkers() -> None:
    assert set(found()) == {
        "json", "os.path", "top.middle", "top.far", "typing", "at_run_time", "perhaps", "instead", "in_class", "later",
    }  # fmt: skip
    assert found()["top.middle"].names == ("near",)
    assert found()["top.far"].names == ("one", "two")


def test_relative_imports_are_resolved_from_their_package() -> None:
    assert {"top.middle.module", "top.middle.far"} <= set(found(is_package=True))


@pytest.mark.parametrize(
    ("module", "certain", "lazy"),
    [
        ("json", True, False),
        ("in_class", True, False),
        ("perhaps", False, False),
        ("instead", False, False),
        ("at_run_time", True, False),
        ("later", False, True),
    ],
)
def test_required_and_deferred_imports_are_told_apart(module: str, certain: bool, lazy: bool) -> None:  # noqa: FBT001 - an example
    assert (found()[module].certain, found()[module].lazy) == (certain, lazy)
