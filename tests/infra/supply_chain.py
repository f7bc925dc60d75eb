"""Checks that pipelines deploy only what passed the checks, as it was built, and that nothing that builds may sign."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

from tests.infra.pipelines import PIPELINES, WORKFLOWS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tests.infra.tree import Tree

CHECKS, DEPLOYMENT = "checks.yml", "deploy-environment.yml"
_INSTALLS = ("Makefile", WORKFLOWS, PIPELINES, "infra/scripts/*.*")
_BUILDS = re.compile(r"\bmake [a-z]|\bpip install\b|\bnpm (ci|install)\b")


def check(tree: Tree) -> Iterator[str]:
    """Yields where something could be deployed that was not checked, or that something else replaced."""
    for path in tree.files(WORKFLOWS):
        where, workflow = tree.label(path), yaml.safe_load(path.read_text("utf-8"))
        yield from _gates(where, workflow)
        yield from _builders(where, workflow)
    yield from _order(tree)
    yield from _stages(tree)
    for path in tree.files(*_INSTALLS):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            if re.search(r"\bpip install\b", line) and "--require-hashes" not in line:
                yield f"{tree.label(path)}:{number} installs packages whatever their hashes are"


def deploying(workflow: Mapping[Any, Any]) -> dict[str, Any]:
    """The jobs that deploy, and so may wait for an approval."""
    return {
        name: job
        for name, job in workflow["jobs"].items()
        if "environment" in job or str(job.get("uses", "")).endswith(f"/{DEPLOYMENT}")
    }


def triggers(workflow: Mapping[Any, Any]) -> Any:
    """What starts the workflow. YAML 1.1 parses `on` as true."""
    return workflow.get("on", workflow.get(True))


def _gates(where: str, workflow: Mapping[Any, Any]) -> Iterator[str]:
    if "push" not in triggers(workflow):
        return
    jobs = deploying(workflow)
    if jobs and "concurrency" in workflow:
        yield f"{where} has one concurrency group for all: a run that waits for an approval holds up all later ones"
    for name in jobs:
        if not any(str(one.get("uses", "")).endswith(f"/{CHECKS}") for one in _before(workflow["jobs"], name)):
            yield f"{where} the job {name} deploys what has not passed {CHECKS}"


def _before(jobs: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    """The jobs that have to succeed before a job."""
    needs = jobs[name].get("needs", [])
    for needed in [needs] if isinstance(needs, str) else needs:
        yield jobs[needed]
        yield from _before(jobs, needed)


def _builders(where: str, workflow: Mapping[Any, Any]) -> Iterator[str]:
    for name, job in workflow["jobs"].items():
        rights = sorted(right for right, level in job.get("permissions", {}).items() if level == "write")
        if rights and any(_BUILDS.search(step.get("run", "")) for step in job.get("steps", ())):
            yield f"{where} the job {name} runs other people's code with the right to write: {', '.join(rights)}"


def _order(tree: Tree) -> Iterator[str]:
    """What has to happen in the job that deploys, before it does."""
    where = f".github/workflows/{DEPLOYMENT}"
    steps = yaml.safe_load(tree.text(where))["jobs"]["deploy"]["steps"]
    ran = [step.get("run", "") for step in steps]
    deploys = next(at for at, run in enumerate(ran) if "infra/scripts/deploy.sh" in run)
    for needed in ("gh attestation verify dist/personal-data-export.zip", "infra/scripts/refuse-older.sh"):
        if not any(needed in run for run in ran[:deploys]):
            yield f"{where} deploys without `{needed}` before"


def _stages(tree: Tree) -> Iterator[str]:
    """The stages of Azure Pipelines, each after the one before, and the first after the tests."""
    where = "pipelines/azure-pipelines.yml"
    stages = yaml.safe_load(tree.text(where))["stages"]
    tests = {one["stage"] for one in stages if "make test" in str(one.get("jobs"))}
    passed = set(tests)
    for parameters in (one["parameters"] for one in stages if "template" in one):
        if parameters["after"] not in passed:
            yield f"{where} deploys {parameters['environment']} before the tests have passed"
        passed.add(parameters["environment"])
