"""Checks that what pipelines, scripts and documents run and name exists, is pinned, and needs no secret."""

from __future__ import annotations

import ast
import os
import re
import subprocess
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.infra.tree import Tree

WORKFLOWS = ".github/workflows/*.yml"
PIPELINES = "pipelines/*.yml"
DOCUMENTS = ("docs/deploy.md", "docs/deployment-reference.md", "docs/certify.md", "infra/README.md", "README.md")
_TELLING = (WORKFLOWS, PIPELINES, "azure.yaml", "infra/scripts/*.*", *DOCUMENTS)
_PINNED = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}\s+# v\d[\w.]*")
_MAKES_IN_TEXT = re.compile(r"`make ([a-z0-9-]+)")
_MAKES = re.compile(r"(?:run: |script: |`|&& |; |^\s+)make ([a-z0-9-]+)\b", re.MULTILINE)
_READ = re.compile(r"readEnvironmentVariable\('(\w+)'")
# A job has no other rights than those it names. In private repositories, reading takes one too (the actions' READMEs).
_NEEDED = {
    "actions/checkout": {"contents"},
    "Azure/login": {"id-token"},
    "actions/attest": {"id-token", "attestations"},
    "github/codeql-action": {"actions", "contents", "security-events"},
}
_LOCAL = re.compile(r"(?:\./|\$/)(?P<path>\.github/[\w./-]+)")


def check(tree: Tree) -> Iterator[str]:
    """Yields what is not pinned, missing, not runnable, or asks for a secret."""
    for path in tree.files(WORKFLOWS):
        yield from _workflow(tree, path)
    for path in tree.files(WORKFLOWS, PIPELINES):
        for line in _repeated(yaml.compose(path.read_text("utf-8"))):
            yield f"{tree.label(path)}:{line} has a key for the second time"
    for path in tree.files("infra/scripts/*.sh"):
        yield from _shell(tree, path)
    for path in tree.files("infra/scripts/*.py"):
        yield from _python(tree, path)
    for path in tree.files(*_TELLING):
        yield from _names(tree, path)
    yield from _variables(tree)
    yield from _azd(tree)


def _workflow(tree: Tree, path: Path) -> Iterator[str]:
    where = tree.label(path)
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        used = re.match(r"\s*(?:- )?uses:\s*(?P<what>.+)", line)
        if used:
            local = _LOCAL.match(used["what"])
            if local and not (tree.root / local["path"]).exists():
                yield f"{where}:{number} uses {local['path']}, which does not exist"
            if not local and not _PINNED.fullmatch(used["what"].strip()):
                yield f"{where}:{number} uses {used['what']}: no commit with its version"
        for secret in re.findall(r"secrets\.(\w+)", line):
            if secret != "GITHUB_TOKEN":  # noqa: S105 - the name of the token that every job has
                yield f"{where}:{number} needs the secret {secret}: the pipeline signs in without any"
    yield from _rights(where, yaml.safe_load(path.read_text("utf-8")))


def _repeated(node: yaml.Node | None) -> Iterator[int]:
    """The lines with a key that its mapping has already: GitHub refuses such a file, YAML readers take the last."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield key.start_mark.line + 1
            seen.add(key.value)
            yield from _repeated(value)
    elif isinstance(node, yaml.SequenceNode):
        for value in node.value:
            yield from _repeated(value)


def _rights(where: str, workflow: dict[Any, Any]) -> Iterator[str]:
    if workflow.get("permissions") not in ({}, {"contents": "read"}):
        yield f"{where} has more than read permission for every job"
    triggers = workflow.get("on", workflow.get(True)) or {}  # YAML 1.1 parses `on` as true
    if "pull_request_target" in triggers:
        yield f"{where} runs untrusted code with write permissions"
    for name, job in workflow.get("jobs", {}).items():
        if "uses" not in job and not isinstance(job.get("timeout-minutes"), int):
            yield f"{where} the job {name} has no time limit"
        used = " ".join(step.get("uses", "") for step in job.get("steps", ()))
        given = job.get("permissions", workflow.get("permissions"))
        for action, rights in _NEEDED.items():
            missing = sorted(right for right in rights if action in used and right not in given)
            if missing:
                yield f"{where} the job {name} uses {action} without the right to {', '.join(missing)}"


def _shell(tree: Tree, path: Path) -> Iterator[str]:
    where = tree.label(path)
    parsed = subprocess.run(["bash", "-n", path], capture_output=True, text=True, check=False, timeout=10)  # noqa: S603, S607 - bash, as make has it
    if parsed.returncode:
        yield f"{where} is not a valid shell script: {parsed.stderr.strip()}"
    text = path.read_text("utf-8")
    sourced = any(
        re.search(rf"source .*/{path.name}\b", other.read_text("utf-8")) for other in path.parent.glob("*.sh")
    )
    if not sourced:
        if "set -euo pipefail" not in text:
            yield f"{where} goes on after a failure"
        if not os.access(path, os.X_OK):
            yield f"{where} is not executable"


def _python(tree: Tree, path: Path) -> Iterator[str]:
    try:
        ast.parse(path.read_text("utf-8"), feature_version=(3, 11))
    except SyntaxError as error:
        yield f"{tree.label(path)}:{error.lineno} is not valid Python 3.11"


def _names(tree: Tree, path: Path) -> Iterator[str]:
    """Scripts and make targets that a file names."""
    where, text = tree.label(path), path.read_text("utf-8")
    for named in sorted(set(re.findall(r"\binfra/scripts/[\w-]+\.(?:sh|py)\b", text))):
        if not (tree.root / named).is_file():
            yield f"{where} names {named}, which does not exist"
    if path.suffix == ".sh":
        for named in sorted(set(re.findall(r"\$folder/([\w.-]+\.(?:sh|py))\b", text))):
            if not (path.parent / named).is_file():
                yield f"{where} runs {named}, which does not exist"
    targets = set(re.findall(r"^([a-z0-9-]+):", tree.text("Makefile"), re.MULTILINE))
    named_targets = _MAKES_IN_TEXT if path.suffix == ".md" else _MAKES
    for target in sorted(set(named_targets.findall(text)) - targets):
        yield f"{where} names the target {target}, which is not in the Makefile"


def _variables(tree: Tree) -> Iterator[str]:
    """Every variable that a parameter file reads must be set or documented somewhere."""
    told = "".join(
        path.read_text("utf-8")
        for path in tree.files(WORKFLOWS, PIPELINES, "azure.yaml", "infra/scripts/*", *DOCUMENTS)
    )
    for path in tree.files("infra/**/*.bicepparam"):
        for name in _READ.findall(path.read_text("utf-8")):
            if not re.search(rf"\b{name}\b", told):
                yield f"{tree.label(path)} reads {name}, which nothing else names"


def _azd(tree: Tree) -> Iterator[str]:
    described: dict[str, Any] = yaml.safe_load(tree.text("azure.yaml") or "{}") or {}
    outputs = {name for snapshot in tree.snapshots.values() for name in snapshot.outputs}
    for layer in described.get("infra", {}).get("layers", []):
        module = tree.root / layer["path"] / layer.get("module", "main")
        if not any(module.with_name(module.name + ending).is_file() for ending in (".bicep", ".bicepparam")):
            yield f"azure.yaml the layer {layer['name']} has no template {layer['path']}/{layer.get('module', 'main')}"
    for variable in sorted(set(re.findall(r"\$\{?([a-z]\w*[A-Z]\w*)\b", tree.text("azure.yaml")))):
        if variable not in outputs:
            yield f"azure.yaml reads {variable}, which is no template's output"
