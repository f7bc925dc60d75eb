"""What has to stay consistent in the repository: its version number, its hooks and its decision records."""

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests import test_docs

ROOT = Path(__file__).parent.parent
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
PAGES = [
    *(ROOT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "tests/README.md")),
    ROOT / "docs" / "decisions" / "README.md",
    *DECISIONS,
]
MAPS = [*PAGES, ROOT / "README.md", ROOT / "docs" / "architecture.md", ROOT / "docs" / "performance.md"]
"""The pages that describe files."""
TOP = ("bench", "console", "docs", "infra", "local", "pipelines", "shared", "tests", "tools")
MANIFESTS = {"pip": "requirements*.txt", "npm": "package.json", "github-actions": ".github/workflows/*.yml"}
"""The files that Dependabot reads, for each kind of package."""


def files() -> set[str]:
    """The files of the checkout, as paths from its root."""
    found = (path for name in TOP for path in (ROOT / name).rglob("*") if path.is_file() and not _is_installed(path))
    return {path.relative_to(ROOT).as_posix() for path in (*found, ROOT / "function_app.py")}


def _is_installed(path: Path) -> bool:
    return "node_modules" in path.parts


def locks() -> list[Path]:
    """The lock files of the packages of Node."""
    found = (path for name in ("console", "local") for path in (ROOT / name).rglob("package-lock.json"))
    return sorted(path for path in found if not _is_installed(path))


def read_json(name: str) -> Any:
    return json.loads((ROOT / name).read_text())


def read_yaml(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text())


def test_there_is_one_version_number() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    released = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d\d-\d\d$", changelog, re.MULTILINE)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    api, connector = read_json("docs/openapi.json"), read_json("infra/connector/apiDefinition.swagger.json")
    assert [project["version"], api["info"]["version"], connector["info"]["version"]] == [released[0]] * 3


def test_every_hook_runs_a_program_of_the_project() -> None:
    (local,) = read_yaml(".pre-commit-config.yaml")["repos"]
    assert local["repo"] == "local"
    for hook in local["hooks"]:
        folder, _, program = hook["entry"].partition(" ")[0].rpartition("/")
        assert folder == ".venv/bin"
        assert (Path(sys.executable).parent / program).exists(), hook["id"]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_link_leads_somewhere(path: Path) -> None:
    test_docs.test_every_link_leads_somewhere(path)


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_a_decision_has_its_parts(path: Path) -> None:
    text = path.read_text()
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Consequences"]
    assert re.search(r"^Status: (accepted|superseded by .+)$", text, re.MULTILINE)


def test_the_index_has_every_decision() -> None:
    index = (ROOT / "docs" / "decisions" / "README.md").read_text()
    listed = re.findall(r"^\| (\d+) \| \[(.+)\]\((\d{4}-.+\.md)\) \| (.+) \|$", index, re.MULTILINE)
    assert [name for _, _, name, _ in listed] == [path.name for path in DECISIONS]
    for (number, title, _, status), path in zip(listed, DECISIONS, strict=True):
        text = path.read_text()
        assert text.startswith(f"# {number}. {title}\n")
        assert f"\nStatus: {status}\n" in text


@pytest.mark.parametrize("path", MAPS, ids=lambda path: path.name)
def test_every_file_that_is_named_exists(path: Path) -> None:
    text = path.read_text()
    modules = set(re.findall(r"`((?:\w+/)*\w+\.py)`", text))
    folders = set(re.findall(rf"`((?:{'|'.join(TOP)})/(?:\w+/)*)`", text))
    have = [f"/{name}" for name in files()]
    assert [name for name in sorted(modules) if not any(file.endswith(f"/{name}") for file in have)] == []
    assert [name for name in sorted(folders) if not any(file.startswith(f"/{name}") for file in have)] == []


def test_dependabot_looks_where_the_packages_are() -> None:
    for update in read_yaml(".github/dependabot.yml")["updates"]:
        folder = ROOT / update["directory"].lstrip("/")
        assert list(folder.glob(MANIFESTS[update["package-ecosystem"]])), update


def test_dependabot_looks_at_all_packages() -> None:
    updates = read_yaml(".github/dependabot.yml")["updates"]
    looked_at = {(update["package-ecosystem"], update["directory"].lstrip("/")) for update in updates}
    folders = {path.parent.relative_to(ROOT).as_posix() for path in locks()}
    assert "console" in folders
    assert looked_at == {("pip", ""), ("github-actions", ""), *(("npm", folder) for folder in folders)}


def test_each_group_of_packages_is_pinned_and_no_other() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]
    pinned = {path.stem.partition("-")[2] for path in ROOT.glob("requirements-*.txt")}
    assert pinned == groups.keys()


@pytest.mark.parametrize("path", sorted(ROOT.glob("requirements*.txt")), ids=lambda path: path.stem)
def test_every_pin_has_hashes(path: Path) -> None:
    pins = re.split(r"\n(?=\S)", path.read_text().strip())
    assert [
        pin for pin in pins if not re.match(r"[\w.-]+==\S+( ; [^\\]+)?( \\\n +--hash=sha256:[0-9a-f]{64})+$", pin)
    ] == []


@pytest.mark.parametrize("path", locks(), ids=lambda path: path.parent.name)
def test_every_package_of_node_has_a_hash(path: Path) -> None:
    packages = {name: one for name, one in read_json(str(path.relative_to(ROOT)))["packages"].items() if name}
    assert packages
    assert [name for name, one in packages.items() if "integrity" not in one and not one.get("inBundle")] == []
