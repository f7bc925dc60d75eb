"""What infra/ and the pipelines deploy holds together, as far as it can be known without Azure."""

import importlib
from collections import Counter

import pytest

from tests.infra import checkers, schemas
from tests.infra.app_settings import app_settings, names_read
from tests.infra.queries import queries
from tests.infra.resource_types import sources
from tests.infra.tree import APP, IDENTITY, Tree

CHECKS = [
    "agreements",
    "alerting",
    "hardening",
    "secret_outputs",
    "pipelines",
    "queries",
    "resource_types",
    "roles",
    "app_settings",
    "style",
    "symbols",
]


@pytest.mark.parametrize("name", CHECKS)
def test_nothing_is_found(tree: Tree, name: str) -> None:
    assert sorted(set(importlib.import_module(f"tests.infra.{name}").check(tree))) == []


def test_every_check_has_something_to_check(tree: Tree) -> None:
    """A check of nothing finds nothing too."""
    assert len(tree.templates) > 20
    assert len(tree.parameter_files) == 4
    assert len(list(tree.plans)) > 30
    assert all(plan.made for plan in tree.plans)
    assert not [file.label for file in tree.templates if file.label not in reached(tree)]
    assert len(names_read(tree)) > 20
    assert len(list(queries(tree))) > 30
    for plan in tree.plans:
        if plan.template == APP and plan is not tree.any(APP):
            assert len(app_settings(plan).held) > 25


def reached(tree: Tree) -> set[str]:
    """The templates that a main template or another one names."""
    mains = {APP, IDENTITY, "infra/bootstrap/main.bicep"}
    named = {
        tree.label(file.path.parent / module.target) for file in tree.templates for module in file.modules.values()
    }
    return (
        mains
        | named
        | {tree.label(file.path.parent / path) for file in tree.templates for path in file.imports.values()}
    )


def test_every_resource_has_a_type_that_describes_it(tree: Tree) -> None:
    described = sources(tree)
    assert len(described) > 25
    kinds = Counter(source.partition(" ")[0] for source in described.values())
    assert set(kinds) <= {"npm", "PyPI", "written"}
    assert kinds["npm"] > len(described) / 2


def test_no_type_is_described_that_nothing_uses(tree: Tree) -> None:
    assert set(schemas.known()) - set(schemas.WRITTEN) <= set(sources(tree))


def test_no_deployment_is_checked_twice(tree: Tree) -> None:
    names = [plan.name for plan in tree.plans]
    assert len(set(names)) == len(names)


def test_workflows_are_clean(tree: Tree) -> None:
    assert list(checkers.workflows(tree)) == []


def test_checkov_finds_nothing_that_is_not_explained(tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> None:
    (prod,) = (plan for plan in tree.plans if plan.name == "infra/environments/prod.bicepparam")
    assert list(checkers.templates(tree, prod, tmp_path_factory.mktemp("checkov"))) == []
