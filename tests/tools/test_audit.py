"""The audit of packages: what is found, what is accepted, and that an audit that saw nothing is no pass.

The answers have the form that pip-audit 2.10 and npm 11 write.
"""

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tools.audit import AuditError, Vulnerability, judged, node_packages, of_npm, of_pip_audit, python_packages

PIP: dict[str, Any] = {
    "dependencies": [
        {"name": "httpx", "version": "0.28.1", "vulns": []},
        {
            "name": "aiohttp",
            "version": "3.14.5",
            "vulns": [
                {
                    "id": "PYSEC-2026-1",
                    "fix_versions": ["3.14.6"],
                    "aliases": ["CVE-2026-1"],
                    "description": "It reads.",
                },
                {"id": "PYSEC-2026-2", "fix_versions": [], "aliases": [], "description": "It writes."},
            ],
        },
    ],
    "fixes": [],
}
NPM: dict[str, Any] = {
    "auditReportVersion": 2,
    "vulnerabilities": {
        "azurite": {"name": "azurite", "severity": "high", "via": ["qs"], "range": ">=3", "fixAvailable": False},
        "qs": {
            "name": "qs",
            "severity": "high",
            "via": [{"name": "qs", "url": "https://github.com/advisories/GHSA-aaaa-bbbb-cccc", "range": "<6.14.1"}],
            "range": "<6.14.1",
            "fixAvailable": True,
        },
    },
}


def test_what_pip_audit_finds_is_told_with_its_remedy() -> None:
    first, second = of_pip_audit("requirements.txt", PIP)
    assert str(first) == "requirements.txt: aiohttp 3.14.5: PYSEC-2026-1: take 3.14.6"
    assert str(second) == "requirements.txt: aiohttp 3.14.5: PYSEC-2026-2: no version mends it"


def test_of_what_npm_finds_the_package_with_the_advisory_is_told() -> None:
    (only,) = of_npm("local/setup/node/package-lock.json", NPM)
    assert (only.package, only.id) == ("qs <6.14.1", "GHSA-aaaa-bbbb-cccc")
    assert only.remedy == "npm knows a version that mends it"


@pytest.mark.parametrize("name", ["PYSEC-2026-1", "CVE-2026-1"])
def test_what_is_accepted_by_any_of_its_names_is_passed_over(name: str) -> None:
    assert list(judged(list(of_pip_audit("r.txt", PIP)), {name: "It is never called."})) == [
        "r.txt: aiohttp 3.14.5: PYSEC-2026-2: no version mends it"
    ]


def test_what_is_accepted_and_gone_is_told() -> None:
    assert list(judged([], {"CVE-2020-1": "Waits for a release."})) == [
        "pyproject.toml accepts CVE-2020-1, which no package has any more: remove it"
    ]


@pytest.mark.parametrize(
    "answer",
    [{}, {"dependencies": []}, {"dependencies": [{"name": "azure-core", "skip_reason": "not found on PyPI"}]}],
)
def test_a_package_that_was_not_looked_up_is_no_pass(answer: dict[str, Any]) -> None:
    with pytest.raises(AuditError, match=r"looked (at no package|up)"):
        list(of_pip_audit("requirements.txt", answer))


def test_a_registry_that_refuses_is_no_pass() -> None:
    with pytest.raises(AuditError, match="405 Method Not Allowed"):
        list(of_npm("package-lock.json", {"message": "405 Method Not Allowed", "statusCode": 405}))


class Programs:
    """Fakes of npm and pip-audit, and a checkout that they look at."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root, self.folder = root / "checkout", root / "bin"
        self.folder.mkdir()
        monkeypatch.setenv("PATH", str(self.folder))
        monkeypatch.setattr(sys, "executable", str(self.folder / "python"))
        for path in ("requirements.txt", "local/setup/node/package-lock.json", ".local/node/package-lock.json"):
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            (self.root / path).touch()

    def answer(self, name: str, does: str) -> None:
        program = self.folder / name
        program.write_text(f"#!/bin/sh\n{does}\n")
        program.chmod(0o755)

    def says(self, name: str, answer: Any, code: int) -> None:
        said = self.folder / f"{name}.json"
        said.write_text(json.dumps(answer))
        self.answer(name, f"/bin/cat '{said}'; exit {code}")


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Programs:
    return Programs(tmp_path, monkeypatch)


def test_every_file_of_the_checkout_is_looked_at_and_no_installed_one(programs: Programs) -> None:
    programs.says("pip-audit", PIP, 1)
    programs.says("npm", NPM, 1)
    assert {one.where for one in python_packages(programs.root)} == {"requirements.txt"}
    assert {one.where for one in node_packages(programs.root)} == {"local/setup/node/package-lock.json"}


def test_a_program_that_fails_says_why(programs: Programs) -> None:
    programs.answer("pip-audit", "echo 'azure-core could not be audited' >&2; exit 1")
    with pytest.raises(AuditError, match="azure-core could not be audited"):
        list(python_packages(programs.root))
    with pytest.raises(AuditError, match="npm can't be started"):
        list(node_packages(programs.root))


def test_findings_are_sorted_by_where_they_are() -> None:
    found = [Vulnerability(where, "p 1", "ID", (), "-") for where in ("b.txt", "a.txt")]
    assert [line[0] for line in judged(found, {})] == ["a", "b"]
