"""What holds for every script of infra/scripts."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.infra.stand_ins import SCRIPTS, Programs


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_shellcheck_has_nothing_to_say() -> None:
    command = ["shellcheck", "--external-sources", *map(str, sorted(SCRIPTS.glob("*.sh")))]
    ran = subprocess.run(command, cwd=SCRIPTS.parent.parent, capture_output=True, text=True, check=False)  # noqa: S603 - a linter
    assert ran.returncode == 0, ran.stdout


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
