"""Runs third-party checkers on infrastructure and pipelines; `make test` installs them."""

from __future__ import annotations

import json
import os
import re
import subprocess
from typing import TYPE_CHECKING, Any

from local.checkout import ROOT
from tests.infra.pipelines import PIPELINES, WORKFLOWS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.infra.snapshots import Resource, Snapshot
    from tests.infra.tree import Tree

PROGRAMS = ROOT / ".local" / "checkers" / "bin"
SCRIPTS = ("infra/scripts/*.sh", ".ci/run")
SKIPS = ".checkov.yaml"
DEPENDABOT = ".github/dependabot.yml"
_SKIP = re.compile(r"^  - (?P<check>CKV\w+)(?: # (?P<reason>.+))?$", re.MULTILINE)


class MissingProgramError(Exception):
    """A program is not installed; the message says how to install it."""


def workflows(tree: Tree) -> Iterator[str]:
    """Findings of zizmor in the workflows and Dependabot's file, and schema errors in these and in the pipelines."""
    found, updates = list(tree.files(WORKFLOWS)), list(tree.files(DEPENDABOT))
    done = _run("zizmor", "--offline", "--no-progress", "--format", "json", *found, *updates)
    if done.returncode not in {0, *range(10, 15)}:  # 10 and above: the severity of the worst finding
        yield f"zizmor failed: {done.stderr[-400:]}"
        return
    for finding in json.loads(done.stdout):
        place = finding["locations"][0]["symbolic"]["key"]
        yield f"zizmor {finding['ident']}: {finding['desc']} ({json.dumps(place)[:200]})"
    yield from _schema("vendor.github-workflows", found)
    yield from _schema("vendor.dependabot", updates)
    # The schema's patterns aren't ECMAScript.
    yield from _schema("vendor.azure-pipelines", list(tree.files(PIPELINES)), "--regex-variant", "python")


def scripts(tree: Tree) -> Iterator[str]:
    """Findings of shellcheck in the scripts of the deployment and of the checks that a server runs."""
    found = [tree.label(path) for path in tree.files(*SCRIPTS)]
    done = _run("shellcheck", "--external-sources", "--format", "gcc", *found, cwd=tree.root)
    yield from done.stdout.splitlines()
    if done.returncode > 1:  # it could not read a file, or was asked wrongly
        yield f"shellcheck failed: {done.stderr[-400:]}"


def _schema(name: str, files: list[Path], *options: str) -> Iterator[str]:
    done = _run("check-jsonschema", "--builtin-schema", name, "--output-format", "json", *options, *files)
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        yield f"check-jsonschema failed: {done.stderr[-400:]}"
        return
    for fault in (*answer.get("errors", ()), *answer.get("parse_errors", ())):
        yield f"{fault.get('filename')} {fault.get('path', '')} {fault.get('message', fault)}"


def deployment(tree: Tree, snapshot: Snapshot, scratch: Path) -> Iterator[str]:
    """Findings of checkov that .checkov.yaml doesn't accept, and accepted findings that no longer occur."""
    (scratch / "template.json").write_text(json.dumps(template(snapshot)), "utf-8")
    options = ("--framework", "arm", "--skip-download", "--compact", "--output", "json")
    done = _run("checkov", "--directory", scratch, *options, cwd=scratch)
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        yield f"checkov failed: {done.stderr[-400:]}"
        return
    yield from judged(answer, tree.text(SKIPS), len(snapshot.resources))


def template(snapshot: Snapshot) -> dict[str, Any]:
    """A deployment as an ARM template with every resource in it, for tools that read nothing else."""
    return {
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "contentVersion": "1.0.0.0",
        "resources": [_resource(made) for made in snapshot.resources],
    }


def _resource(made: Resource) -> dict[str, Any]:
    """The resource. What it is on becomes part of its name, because checkov takes two of one type and name for one."""
    if made.target is None:
        return {**made.body}
    return {**made.body, "scope": made.target, "name": f"{made.target.rpartition('/providers/')[2]}/{made.name}"}


def judged(answer: dict[str, Any], skips: str, resources: int) -> Iterator[str]:
    """Compares checkov's output with the accepted findings. It exits with 0 even if it could read nothing."""
    summary = answer.get("summary", answer)
    if summary.get("parsing_errors") != 0 or not resources or summary.get("resource_count") != resources:
        yield f"checkov did not read all files: {summary}"
        return
    explained = {found["check"]: found["reason"] for found in _SKIP.finditer(skips)}
    failed: dict[str, set[str]] = {}
    for finding in answer["results"]["failed_checks"]:
        failed.setdefault(f"{finding['check_id']}", set()).add(f"{finding['check_name']}: {finding['resource']}")
    for check in sorted(set(failed) - set(explained)):
        yield f"{check} {'; '.join(sorted(failed[check]))}"
    for check, reason in explained.items():
        if check not in failed:
            yield f"{SKIPS} skips {check}, which passes"
        if not (reason or "").strip():
            yield f"{SKIPS} skips {check} without a reason"


def _run(program: str, *arguments: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    if not (PROGRAMS / program).exists():
        raise MissingProgramError(
            f"{program} is not installed: run `make test`, or `python3 -m local.setup --checkers`."
        )
    environment = {
        "PATH": f"{PROGRAMS}:{os.environ['PATH']}",
        "HOME": os.environ.get("HOME", "/"),
        "BC_SKIP_MAPPING": "TRUE",
    }
    return subprocess.run(  # noqa: S603 - our own arguments
        [PROGRAMS / program, *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
