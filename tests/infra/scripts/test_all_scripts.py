"""What holds for every script of infra/scripts."""

from pathlib import Path

import pytest

from tests.infra.checkers import scripts
from tests.infra.stand_ins import ROOT, SCRIPTS
from tests.infra.tree import Tree


def test_shellcheck_has_nothing_to_say() -> None:
    assert list(scripts(Tree(ROOT))) == []


@pytest.mark.parametrize("script", sorted({*SCRIPTS.glob("*.sh")} - {SCRIPTS / "lib.sh"}), ids=lambda path: path.name)
def test_a_script_stops_at_its_first_mistake(script: Path) -> None:
    assert script.read_text().startswith("#!/usr/bin/env bash\n")
    assert "\nset -euo pipefail\n" in script.read_text()
    assert script.stat().st_mode & 0o111
