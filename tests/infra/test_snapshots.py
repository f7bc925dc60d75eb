"""The snapshots are those of the templates beside them, and are read as they were written."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from local.checkout import ROOT
from tests.infra.snapshots import read
from tests.infra.tree import Tree
from tools.bicep.deployments import deployments
from tools.bicep.lock import stale

GROUP = "/subscriptions/s/resourceGroups/g"
ACCOUNT = f"{GROUP}/providers/Microsoft.Storage/storageAccounts/a"
LOCK = f"{ACCOUNT}/providers/Microsoft.Authorization/locks/keep"


def test_no_snapshot_is_stale() -> None:
    assert stale(ROOT) == []


def test_every_parameter_file_has_a_snapshot_with_something_in_it(tree: Tree) -> None:
    every = deployments(ROOT)
    assert len({each.name for each in every}) == len(every)
    assert {each.name: each.template for each in every} == {
        name: snapshot.template for name, snapshot in tree.snapshots.items()
    }
    assert {"dev", "test", "prod", "identity", "bootstrap", "elastic-premium", "us-government", "china"} <= {
        *tree.snapshots
    }
    for snapshot in tree.snapshots.values():
        assert snapshot.resources
        assert snapshot.outputs
        assert len({resource.id for resource in snapshot.resources}) == len(snapshot.resources)


def test_every_diagnostic_that_is_turned_off_has_a_reason(tree: Tree) -> None:
    found = 0
    for path in tree.files("infra/**/*.bicep", "infra/**/*.bicepparam", "tests/infra/variants/*.bicepparam"):
        lines = [line.strip() for line in path.read_text("utf-8").splitlines()]
        for number, line in enumerate(lines):
            if line.startswith("#disable-"):
                found += 1
                assert has_reason(lines, number), f"{tree.label(path)}:{number + 1}"
    assert found > 5


def has_reason(lines: list[str], number: int) -> bool:
    """Whether a comment stands behind or above the directive, or above one like it, two lines before."""
    if "//" in lines[number] or lines[number - 1].startswith("//"):
        return True
    return lines[number - 2] == lines[number] and has_reason(lines, number - 2)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["// Because.", "#disable-next-line a"], True),
        (["", "#disable-next-line a // because"], True),
        (["// Because.", "#disable-next-line a", "param x string", "#disable-next-line a"], True),
        (["// Because.", "#disable-next-line a", "param x string", "#disable-next-line b"], False),
        (["// Something else.", "", "#disable-next-line a"], False),
        (["#disable-next-line a"], False),
    ],
)
def test_a_reason_is_a_comment_beside_it(lines: list[str], *, expected: bool) -> None:
    assert has_reason(["", "", *lines], len(lines) + 1) is expected


def test_every_rule_of_the_linter_fails_the_compilation(tree: Tree) -> None:
    rules = tree.json("infra/bicepconfig.json")["analyzers"]["core"]["rules"]
    assert len(rules) > 30
    assert {name: rule["level"] for name, rule in rules.items()} == dict.fromkeys(rules, "error")


# The reader


def written(folder: Path, **contents: Any) -> Path:
    for name, content in contents.items():
        (folder / f"{name}.json").write_text(json.dumps(content))
    return folder


def base() -> dict[str, Any]:
    return {
        "template": "infra/main.bicep",
        "predictedResources": [
            {
                "id": ACCOUNT,
                "type": "Microsoft.Storage/storageAccounts",
                "name": "a",
                "properties": {"rules": [{"name": "r"}], "publicNetworkAccess": "Disabled"},
            },
            {"id": LOCK, "type": "Microsoft.Authorization/locks", "name": "keep"},
        ],
        "outputs": {"name": "a", "address": ""},
    }


def test_a_resource_gives_its_values_and_what_it_is_on(tmp_path: Path) -> None:
    prod = read(written(tmp_path, prod=base()))["prod"]
    account, lock = prod.resources
    assert (prod.template, prod.outputs["name"]) == ("infra/main.bicep", "a")
    assert [*prod.of("Microsoft.Authorization/locks")] == [lock]
    assert prod.by_id(ACCOUNT) is account
    assert prod.by_id("other") is None
    assert account.where == "prod: Microsoft.Storage/storageAccounts a"
    assert account.get("properties", "rules", 0, "name") == "r"
    for nothing in (("other",), ("properties", "rules", 1), ("properties", "rules", "r"), ("properties", 0)):
        assert account.get(*nothing) is None
    assert (account.target, lock.target) == (None, ACCOUNT)


def test_a_lock_on_the_group_is_on_no_resource(tmp_path: Path) -> None:
    content = base()
    content["predictedResources"][1]["id"] = f"{GROUP}/providers/Microsoft.Authorization/locks/keep"
    assert read(written(tmp_path, prod=content))["prod"].resources[1].target is None


def test_a_variant_is_its_base_with_its_changes(tmp_path: Path) -> None:
    account = {"id": ACCOUNT, "type": "Microsoft.Storage/storageAccounts", "name": "a", "properties": {}}
    second = {
        "template": "infra/main.bicep",
        "base": "first",
        "removed": [LOCK],
        "predictedResources": [],
        "outputs": {},
    }
    first = {**second, "base": "prod", "removed": [], "predictedResources": [account], "outputs": {"address": "b"}}
    found = read(
        written(tmp_path, prod=base(), first=first, second=second, lock={}, parameters={"infra/main.bicep": {}})
    )
    assert set(found) == {"prod", "first", "second"}
    assert [resource.id for resource in found["first"].resources] == [ACCOUNT, LOCK]
    assert [resource.body for resource in found["second"].resources] == [account]
    assert found["second"].outputs == {"name": "a", "address": "b"}


def test_resources_of_graph_are_numbered(tmp_path: Path) -> None:
    grant = {"type": "Microsoft.Graph/appRoleAssignedTo@v1.0", "properties": {}}
    content = {"template": "infra/identity/main.bicep", "predictedResources": [grant, grant], "outputs": {}}
    resources = read(written(tmp_path, identity=content))["identity"].resources
    assert [resource.id for resource in resources] == [f"Microsoft.Graph/appRoleAssignedTo#{n}" for n in (1, 2)]
    assert resources[0].where == "identity: Microsoft.Graph/appRoleAssignedTo"
    assert not any(re.search("@|#", resource.type) for resource in resources)
