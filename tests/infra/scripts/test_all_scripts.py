"""What holds for every script of infra/scripts."""

from pathlib import Path

import pytest

from tests.infra.checkers import scripts
from tests.infra.stand_ins import ROOT, SCRIPTS, Programs
from tests.infra.tree import Tree


def test_shellcheck_has_nothing_to_say() -> None:
    assert list(scripts(Tree(ROOT))) == []


@pytest.mark.parametrize("script", sorted({*SCRIPTS.glob("*.sh")} - {SCRIPTS / "lib.sh"}), ids=lambda path: path.name)
def test_a_script_stops_at_its_first_mistake(script: Path) -> None:
    assert script.read_text().startswith("#!/usr/bin/env bash\n")
    assert "\nset -euo pipefail\n" in script.read_text()
    assert script.stat().st_mode & 0o111


SHARING = sorted(path for path in SCRIPTS.glob("*.sh") if 'source "$folder/lib.sh"' in path.read_text())


@pytest.mark.parametrize("script", SHARING, ids=lambda path: path.name)
def test_a_script_explains_itself(script: Path, tmp_path: Path) -> None:
    programs = Programs(tmp_path)
    ran = programs.run(script.name, "--help")
    assert (ran.returncode, programs.calls) == (0, [])
    comment = script.read_text().partition("\n\n")[0].splitlines()[1:]
    assert ran.stdout.splitlines() == [line.removeprefix("#").removeprefix(" ") for line in comment]
    assert len(comment) > 0
