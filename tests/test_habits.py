"""What a repository has to keep in step with itself: its version number, its hooks and its decision records."""

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parent.parent


def read_json(name: str) -> Any:
    return json.loads((ROOT / name).read_text())


def test_there_is_one_version_number() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", changelog, re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    api, connector = read_json("docs/openapi.json"), read_json("infra/connector/apiDefinition.swagger.json")
    assert [project["version"], api["info"]["version"], connector["info"]["version"]] == [released[0]] * 3


def test_every_hook_runs_a_program_of_the_project() -> None:
    (local,) = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
    assert local["repo"] == "local"
    for hook in local["hooks"]:
        folder, _, program = hook["entry"].partition(" ")[0].rpartition("/")
        assert folder == ".venv/bin"
        assert (Path(sys.executable).parent / program).exists(), hook["id"]
