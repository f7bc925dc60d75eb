"""Which Pythons the set-up accepts, and that older ones can run far enough to be refused."""

import ast

import pytest

from local.checkout import ROOT
from local.setup.supported_python import refusal


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13), (3, 14)])
def test_a_supported_python_is_accepted(version: tuple[int, int]) -> None:
    assert refusal(version, "/usr/bin/python3") == ""


@pytest.mark.parametrize("version", [(3, 6), (3, 10), (3, 15)])
def test_another_python_is_refused_with_what_to_do(version: tuple[int, int]) -> None:
    text = refusal(version, "/opt/bin/python3")

    assert f"This is Python {version[0]}.{version[1]} (/opt/bin/python3)" in text
    assert "needs 3.11, 3.12, 3.13 or 3.14" in text
    assert "make setup PYTHON=" in text


@pytest.mark.parametrize("name", ["__init__.py", "setup/__init__.py", "setup/__main__.py", "setup/supported_python.py"])
def test_an_old_python_can_parse_what_refuses_it(name: str) -> None:
    ast.parse((ROOT / "local" / name).read_text("utf-8"), feature_version=(3, 6))
