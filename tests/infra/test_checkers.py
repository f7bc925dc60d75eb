"""The programs that check workflows and templates can fail, and what they did not read is no pass."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from local.checkout import ROOT
from tests.infra.checkers import judged, scripts, workflows
from tests.infra.tree import Tree

SKIPS = "skip-check:\n  - CKV_AZURE_1 # because\n  - CKV_AZURE_2\n"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in (".github", "pipelines"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize(
    ("path", "old", "new", "expected"),
    [
        (".github/workflows/deploy.yml", r"@[0-9a-f]{40} # v[\d.]+", "@v7", "zizmor unpinned-uses"),
        (".github/workflows/deploy.yml", "run: make", "run: ${{ github.head_ref }} make", "zizmor template-injection"),
        (".github/workflows/deploy.yml", "runs-on:", "runs_on:", "deploy.yml"),
        ("pipelines/azure-pipelines.yml", "- script:", "- scripts:", "azure-pipelines.yml"),
    ],
)  # fmt: skip
def test_a_fault_in_a_workflow_is_found(copy: Path, path: str, old: str, new: str, expected: str) -> None:
    text = (copy / path).read_text()
    changed = re.sub(old, new, text)
    assert changed != text
    (copy / path).write_text(changed)

    assert [finding for finding in workflows(Tree(copy)) if expected in finding]


def test_a_fault_in_a_script_is_found(copy: Path) -> None:
    shutil.copytree(ROOT / "infra" / "scripts", copy / "infra" / "scripts", ignore=shutil.ignore_patterns("*.pyc"))
    assert list(scripts(Tree(copy))) == []
    script = copy / "infra" / "scripts" / "deploy.sh"
    script.write_text(script.read_text() + "rm $package\n")

    (finding,) = scripts(Tree(copy))
    assert "infra/scripts/deploy.sh" in finding
    assert "SC2086" in finding


def answer(*failed: str, **summary: int) -> dict[str, Any]:
    checks = [{"check_id": check, "check_name": "name", "resource": "r"} for check in failed]
    return {"summary": {"parsing_errors": 0, "resource_count": 10, **summary}, "results": {"failed_checks": checks}}


def test_an_accepted_finding_is_not_reported() -> None:
    assert list(judged(answer("CKV_AZURE_1"), "  - CKV_AZURE_1 # because\n", 10)) == []


@pytest.mark.parametrize(
    ("given", "skips", "expected"),
    [
        (answer("CKV_AZURE_1", "CKV_AZURE_2", "CKV_AZURE_3"), SKIPS, "CKV_AZURE_3 name: r"),
        (answer("CKV_AZURE_1", "CKV_AZURE_2"), SKIPS, "skips CKV_AZURE_2 without a reason"),
        (answer("CKV_AZURE_1"), SKIPS, "skips CKV_AZURE_2, which passes"),
        (answer(parsing_errors=1), "", "did not read all"),
        (answer(resource_count=3), "", "did not read all"),
        ({"passed": 0, "failed": 0, "resource_count": 0}, "", "did not read all"),
    ],
)
def test_incomplete_checkov_results_are_findings(given: dict[str, Any], skips: str, expected: str) -> None:
    assert [finding for finding in judged(given, skips, 10) if expected in finding]
