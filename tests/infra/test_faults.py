"""Each check can fail: faults put into copies of the deployment are found, by the check that is for them.

`faults/` has a file for each check, named after it. There, `in` is a snapshot or a source, `replace` the text in it (a
pattern after `re:`), `by` its replacement, and a finding of the check must match `finds`.
"""

import importlib
import re
import shutil
from pathlib import Path

import pytest
import yaml

from local.checkout import ROOT
from tests.infra.tree import Tree

COPIED = (
    ".checkov.yaml",
    ".github",
    "Makefile",
    "README.md",
    "azure.yaml",
    "docs/api.md",
    "docs/deploy.md",
    "docs/operations.md",
    "docs/settings.md",
    "host.json",
    "infra",
    "local.settings.sample.json",
    "pipelines",
    "shared/settings.py",
    "tests/infra/snapshots",
)

FAULTS = {
    f"{file.stem}: {name}": (file.stem, *(fault[key] for key in ("in", "replace", "by", "finds")))
    for file in sorted(Path(__file__).with_name("faults").glob("*.yaml"))
    for name, fault in yaml.safe_load(file.read_text("utf-8")).items()
}


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in COPIED:
        source, target = ROOT / name, tmp_path / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "connector"))
        elif source.exists():
            target.parent.mkdir(exist_ok=True, parents=True)
            shutil.copy(source, target)
    return tmp_path


def put(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    changed = re.sub(old[3:], new, text) if old.startswith("re:") else text.replace(old, new)
    assert changed != text, f"{path.name} has no {old!r} any more: give this fault another place"
    path.write_text(changed, "utf-8")


@pytest.mark.parametrize(("check", "path", "old", "new", "expected"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_found(copy: Path, check: str, path: str, old: str, new: str, expected: str) -> None:
    put(copy / path, old, new)

    others = []
    for finding in importlib.import_module(f"tests.infra.{check}").check(Tree(copy)):
        if re.search(expected, finding):
            return
        others.append(finding)
    pytest.fail("\n".join(["It was not found, but:", *others]))


def test_an_unchanged_copy_has_no_findings(copy: Path) -> None:
    """Else a fault would be found in every copy."""
    tree = Tree(copy)
    for name in {fault[0] for fault in FAULTS.values()}:
        assert list(importlib.import_module(f"tests.infra.{name}").check(tree)) == []
