"""What infra/ and the pipelines deploy holds together, as far as it can be known without Azure."""

import importlib
from pathlib import Path

import pytest

from tests.infra import checkers
from tests.infra.accounts import PURPOSES, account
from tests.infra.app_settings import app_settings, names_read
from tests.infra.queries import queries
from tests.infra.tree import APP, IDENTITY, Tree

CHECKS = [
    "agreements",
    "alerting",
    "app_settings",
    "export_storage",
    "hardening",
    "identity",
    "names",
    "networks",
    "pipeline_rights",
    "pipelines",
    "queries",
    "roles",
    "secret_outputs",
    "supply_chain",
]


@pytest.mark.parametrize("name", CHECKS)
def test_nothing_is_found(tree: Tree, name: str) -> None:
    assert sorted(set(importlib.import_module(f"tests.infra.{name}").check(tree))) == []


def test_every_check_is_seen_to_fail() -> None:
    assert [path.stem for path in sorted(Path(__file__).with_name("faults").glob("*.yaml"))] == CHECKS


def test_every_check_has_something_to_check(tree: Tree) -> None:
    """A check of nothing finds nothing too."""
    assert len(tree.snapshots_of(APP)) > 12
    assert len(tree.snapshots_of(IDENTITY)) > 1
    assert all(snapshot.resources for snapshot in tree.snapshots.values())
    assert len(names_read(tree)) > 20
    assert len(list(queries(tree))) > 30
    for snapshot in tree.snapshots_of(APP):
        assert len(app_settings(snapshot)) > 25
        assert all(account(snapshot, purpose) for purpose in PURPOSES)


def test_no_variant_is_checked_twice(tree: Tree) -> None:
    contents = {name: {made.id: made.body for made in found.resources} for name, found in tree.snapshots.items()}
    variants = [path.stem for path in tree.files("tests/infra/variants/*.bicepparam")]
    assert len(variants) > 10
    assert [name for name in variants if list(contents.values()).count(contents[name]) > 1] == []


def test_workflows_are_clean(tree: Tree) -> None:
    assert list(checkers.workflows(tree)) == []


def test_checkov_reads_every_resource(tree: Tree) -> None:
    prod = tree.snapshot("prod")
    read = {(resource["type"], resource["name"]) for resource in checkers.template(prod)["resources"]}
    assert len(read) == len(prod.resources)


def test_checkov_finds_nothing_that_is_not_explained(tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert list(checkers.deployment(tree, tree.snapshot("prod"), tmp_path_factory.mktemp("checkov"))) == []
