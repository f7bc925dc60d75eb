"""What `make infra` makes of the compiler's output: differences, markers, diagnostics, and the lock."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from local.checkout import ROOT
from tools.bicep.compiler import CompilerError, pinned_version
from tools.bicep.deployments import deployments, without_variables
from tools.bicep.diagnostics import diagnostics
from tools.bicep.differences import shortened, whole
from tools.bicep.lock import LOCK, SNAPSHOTS, lock, stale
from tools.bicep.markers import marked, unmarked

# Differences


def snapshot(*resources: tuple[str, str], **outputs: str) -> dict[str, Any]:
    return {"predictedResources": [{"id": id_, "kind": kind} for id_, kind in resources], "outputs": outputs}


def test_a_variant_is_shortened_to_what_it_changes_and_made_whole_again() -> None:
    before = snapshot(("/a", "1"), ("/b", "1"), ("/c", "1"), name="n", address="a")
    after = snapshot(("/a", "1"), ("/c", "2"), ("/d", "1"), name="n", address="b")
    changes = shortened("prod", before, after)
    assert changes == {"base": "prod", "removed": ["/b"], **snapshot(("/c", "2"), ("/d", "1"), address="b")}
    assert whole(before, changes) == after


def test_what_shares_nothing_is_not_shortened() -> None:
    assert shortened("prod", snapshot(("/a", "1")), snapshot(("/b", "1"))) is None


def test_what_has_no_ids_is_not_shortened() -> None:
    without = {"predictedResources": [{"kind": "1"}], "outputs": {}}
    assert shortened("identity", without, without) is None
    assert shortened("identity", snapshot(("/a", "1")), without) is None


def test_two_resources_of_one_id_are_an_error() -> None:
    twice = snapshot(("/a", "1"), ("/a", "2"))
    with pytest.raises(ValueError, match=r"one id: \['/a'\]"):
        shortened("prod", twice, twice)


# Markers

MODULE = {
    "condition": "[parameters('vault')]",
    "type": "Microsoft.Resources/deployments",
    "properties": {
        "template": {
            "resources": [{"type": "T/locks", "copy": {"name": "locks", "count": "[length(parameters('names'))]"}}]
        }
    },
}


def test_each_declaration_gets_a_marker_under_the_same_condition() -> None:
    template = {
        "resources": {"identity": {"existing": True, "type": "T/identities"}, "a::b": {"type": "T/b"}, "m": MODULE}
    }
    before = json.dumps(template)
    made, declared = marked(template)
    assert json.dumps(template) == before
    assert declared == {"a::b (T/b)", "m (Microsoft.Resources/deployments)", "m > 0 (T/locks)"}
    assert made["resources"]["declaration::a::b"] == {
        "type": "Declaration.Marker/declarations",
        "apiVersion": "2026-01-01",
        "name": "declaration-a-b",
        "properties": {"declares": "a::b (T/b)"},
    }
    assert made["resources"]["declaration::m"]["condition"] == "[parameters('vault')]"
    inner, marker = made["resources"]["m"]["properties"]["template"]["resources"]
    assert marker["copy"] == {"name": "declaration-0", "count": inner["copy"]["count"]}
    assert marker["name"] == "[format('declaration-0-{0}', copyIndex())]"
    assert "declaration::identity" not in made["resources"]


def test_markers_are_taken_out_of_a_snapshot() -> None:
    made, _ = marked({"resources": {"a": {"type": "T/a"}}})
    content, seen = unmarked({"predictedResources": list(made["resources"].values()), "outputs": {"name": "n"}})
    assert content == {"predictedResources": [{"type": "T/a"}], "outputs": {"name": "n"}}
    assert seen == {"a (T/a)"}


# Diagnostics

SAID = """
/repo/infra/a.bicep(38,20) : Warning BCP329: The value can be as small as 0. [https://aka.ms/bicep/core-diagnostics#BCP329]

/repo/infra/a.bicep(38,20) : Warning BCP329: The value can be as small as 0. [https://aka.ms/bicep/core-diagnostics#BCP329]
WARNING: The following experimental Bicep features have been enabled: none.
/repo/tests/b.bicepparam(1,7) : Info use-parameterized: Something else. [https://aka.ms]
"""


def test_each_diagnostic_is_told_once_from_the_root() -> None:
    assert diagnostics(SAID, "/repo") == [
        "infra/a.bicep(38,20) : Warning BCP329: The value can be as small as 0. [https://aka.ms/bicep/core-diagnostics#BCP329]",
        "tests/b.bicepparam(1,7) : Info use-parameterized: Something else. [https://aka.ms]",
    ]
    assert diagnostics("Bicep CLI version 0.49.2 (b34271ac51)\n", "/repo") == []


# Deployments


def test_a_deployment_is_named_after_its_file_and_evaluated_for_its_environment() -> None:
    every = {each.name: each for each in deployments(ROOT)}
    dev, identity, premium, bootstrap = (every[name] for name in ("dev", "identity", "elastic-premium", "bootstrap"))
    assert (dev.parameters, dev.template) == ("infra/environments/dev.bicepparam", "infra/main.bicep")
    assert (dev.environment, premium.environment, identity.environment) == ("dev", "prod", "prod")
    assert (every["infra"].base, every["infra"].environment) == ("dev", "dev")
    assert (dev.base, premium.base, every["identity-everything"].base) == (None, "prod", "identity")
    assert dev.context[dev.context.index("--resource-group") + 1] == "rg-pde-dev"
    assert dev.variables["IDENTITY_NAME"] == "id-pde-dev"
    assert "--resource-group" not in bootstrap.context
    assert bootstrap.at_subscription


def test_no_variable_that_a_parameter_file_reads_is_passed_on() -> None:
    given = {"PATH": "/bin", "HOSTING": "elasticPremium", "BASE_NAME": "mine", "SAMPLE_LOGIC_APP": "true"}
    assert without_variables(ROOT, given) == {"PATH": "/bin"}


# The lock


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "checkout"
    shutil.copytree(ROOT / "infra", root / "infra")
    shutil.copytree(ROOT / "tests/infra/variants", root / "tests/infra/variants")
    (root / SNAPSHOTS).mkdir()
    (root / SNAPSHOTS / "prod.json").write_text("{}\n")
    (root / LOCK).write_text(json.dumps(lock(root, {f"{SNAPSHOTS}/prod.json": "{}\n"})))
    return root


def test_a_lock_that_was_just_made_is_not_stale(checkout: Path) -> None:
    assert stale(checkout) == []


@pytest.mark.parametrize(
    "path",
    [
        "infra/main.bicep",
        "infra/bicepconfig.json",
        "infra/identity/api.json",
        "infra/environments/prod.bicepparam",
        "infra/monitoring/alerts/export-failed.kql",
        "tests/infra/variants/china.bicepparam",
        f"{SNAPSHOTS}/prod.json",
    ],
)
def test_each_file_that_has_changed_is_named(checkout: Path, path: str) -> None:
    file = checkout / path
    said = [f"{path} has changed since the snapshots were made: run `make infra`."]
    file.write_text(file.read_text() + "\n")
    assert stale(checkout) == said
    file.unlink()
    if path != "infra/bicepconfig.json":
        assert stale(checkout) == said


def test_a_new_file_is_named(checkout: Path) -> None:
    (checkout / "infra/modules/new.bicep").write_text("")
    (checkout / SNAPSHOTS / "new.json").write_text("{}\n")
    assert [line.split()[0] for line in stale(checkout)] == ["infra/modules/new.bicep", f"{SNAPSHOTS}/new.json"]


def test_files_that_no_deployment_reads_do_not_count(checkout: Path) -> None:
    for path in ("infra/README.md", "infra/connector/apiDefinition.swagger.json", "infra/scripts/deploy.sh"):
        (checkout / path).write_text("changed")
    assert stale(checkout) == []


def test_line_ends_do_not_count(checkout: Path) -> None:
    file = checkout / "infra/main.bicep"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert stale(checkout) == []


def test_another_compiler_or_extension_makes_all_stale(checkout: Path) -> None:
    for path, old, new in (
        ("infra/scripts/install-bicep.sh", f"version={pinned_version(ROOT)}", "version=9.0.1"),
        ("infra/bicepconfig.json", "v1.0:1.0.0", "v1.0:1.1.0"),
    ):
        text = (checkout / path).read_text()
        assert old in text
        (checkout / path).write_text(text.replace(old, new))
    assert [line.split()[0] for line in stale(checkout)] == ["bicep", "graphExtension", "infra/bicepconfig.json"]


def test_a_script_without_a_version_is_noticed(checkout: Path) -> None:
    (checkout / "infra/scripts/install-bicep.sh").write_text("#!/bin/sh\n")
    with pytest.raises(CompilerError, match="has no version"):
        pinned_version(checkout)
