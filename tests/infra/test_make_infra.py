"""`make infra` writes what the compiler makes of infra/, finds what is stale, and passes over nothing that it says."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from local.checkout import ROOT
from tests.infra import bicep_stand_in
from tests.infra.snapshots import read
from tools.bicep.__main__ import run
from tools.bicep.compiler import INSTALLER, CompilerError, configuration, find, pinned_version, version_of
from tools.bicep.lock import SNAPSHOTS, stale
from tools.bicep.updates import COMPILERS, EXTENSIONS, updates

VERSION = pinned_version(ROOT)
LOCK = {"condition": "lock", "type": "Microsoft.Authorization/locks", "name": "keep"}
TEMPLATE = {
    "parameters": {
        "name": {"type": "string", "defaultValue": "pde", "metadata": {"description": "Base name."}},
        "lock": {"type": "bool", "metadata": {"description": "Whether it is locked."}},
    },
    "resources": {
        "identity": {"existing": True, "type": "Microsoft.ManagedIdentity/userAssignedIdentities", "name": "id"},
        "plan": {"type": "Microsoft.Web/serverfarms", "name": "plan-NAME", "properties": {"reserved": True}},
        "storage": {
            "type": "Microsoft.Resources/deployments",
            "properties": {
                "template": {
                    "resources": [
                        {"type": "Microsoft.Storage/storageAccounts", "name": "st-NAME", "properties": {}},
                        LOCK,
                    ]
                }
            },
        },
    },
}


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    root = tmp_path / "checkout"
    for path, text in {
        "infra/bicepconfig.json": (ROOT / "infra/bicepconfig.json").read_text(),
        "infra/main.bicep": json.dumps(TEMPLATE, indent=2) + "\n",
        "infra/environments/prod.bicepparam": "using '../main.bicep'\n\n"
        "param name = readEnvironmentVariable('BASE_NAME', 'pde')\nparam lock = true\n",
        "tests/infra/variants/open.bicepparam": "using '../../../infra/main.bicep'\n\n"
        "extends '../../../infra/environments/prod.bicepparam'\n\nparam lock = false\n",
    }.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)
    (root / "infra/scripts").mkdir()
    shutil.copy(ROOT / INSTALLER, root / INSTALLER)
    (root / SNAPSHOTS).mkdir(parents=True)
    return root


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"BICEP": str(bicep_stand_in.write(tmp_path / "bicep", VERSION)), "PATH": os.defpath}


def kept(checkout: Path, name: str) -> Any:
    return json.loads((checkout / SNAPSHOTS / f"{name}.json").read_text())


def change(checkout: Path, path: str, old: str, new: str) -> None:
    text = (checkout / path).read_text()
    assert old in text
    (checkout / path).write_text(text.replace(old, new))


def test_an_environment_is_written_whole_and_a_variant_as_what_it_changes(
    checkout: Path, environment: dict[str, str]
) -> None:
    assert run(checkout, environment, validate=False) == []
    prod = kept(checkout, "prod")
    assert prod["template"] == "infra/main.bicep"
    assert [resource["name"] for resource in prod["predictedResources"]] == ["plan-pde", "st-pde", "keep"]
    assert list(prod["outputs"].items()) == [("base", "pde"), ("environment", "prod"), ("group", "rg-pde-prod")]
    assert kept(checkout, "open") == {
        "template": "infra/main.bicep",
        "base": "prod",
        "removed": ["/Microsoft.Authorization/locks/keep"],
        "predictedResources": [],
        "outputs": {},
    }
    assert [resource.name for resource in read(checkout / SNAPSHOTS)["open"].resources] == ["plan-pde", "st-pde"]


def test_the_parameters_are_written_as_the_template_declares_them(checkout: Path, environment: dict[str, str]) -> None:
    run(checkout, environment, validate=False)
    assert kept(checkout, "parameters")["infra/main.bicep"] == {
        "name": {"type": "string", "defaultValue": "pde", "description": "Base name."},
        "lock": {"type": "bool", "description": "Whether it is locked."},
    }


def test_it_says_what_it_renews(
    checkout: Path, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    run(checkout, environment, validate=False)
    assert f"{SNAPSHOTS}/open.json is renewed.\n" in capsys.readouterr().out
    run(checkout, environment, validate=False)
    assert "renewed" not in capsys.readouterr().out
    run(checkout, environment, validate=True)
    assert "the 3 files that it makes are up to date" in capsys.readouterr().out


def test_a_second_run_changes_nothing(checkout: Path, environment: dict[str, str]) -> None:
    run(checkout, environment, validate=False)
    before = {path: path.stat().st_mtime_ns for path in checkout.rglob("*")}
    assert run(checkout, environment, validate=True) == []
    assert run(checkout, environment, validate=False) == []
    assert {path: path.stat().st_mtime_ns for path in checkout.rglob("*")} == before
    assert stale(checkout) == []


def test_nothing_of_the_shell_gets_into_a_snapshot(checkout: Path, environment: dict[str, str]) -> None:
    run(checkout, {**environment, "BASE_NAME": "mine", "AZURE_ENV_NAME": "mine"}, validate=False)
    assert kept(checkout, "prod")["outputs"]["base"] == "pde"
    assert "mine" not in (checkout / SNAPSHOTS / "prod.json").read_text()


def test_what_would_change_is_named_and_left_as_it_is(checkout: Path, environment: dict[str, str]) -> None:
    run(checkout, environment, validate=False)
    change(checkout, "infra/main.bicep", "plan-NAME", "asp-NAME")
    change(checkout, "tests/infra/variants/open.bicepparam", "lock = false", "lock = false ")
    (checkout / SNAPSHOTS / "gone.json").write_text("{}\n")
    before = {path: path.read_bytes() for path in checkout.rglob("*") if path.is_file()}
    assert run(checkout, environment, validate=True) == [
        "tests/infra/variants/open.bicepparam isn't formatted: run `make infra`.",
        f"{SNAPSHOTS}/prod.json is stale: run `make infra`.",
        f"{SNAPSHOTS}/lock.json is stale: run `make infra`.",
        f"{SNAPSHOTS}/gone.json belongs to no parameter file: run `make infra`.",
    ]
    assert {path: path.read_bytes() for path in checkout.rglob("*") if path.is_file()} == before

    run(checkout, environment, validate=False)
    assert not (checkout / SNAPSHOTS / "gone.json").exists()
    assert (checkout / "tests/infra/variants/open.bicepparam").read_text().endswith("lock = false\n")
    assert run(checkout, environment, validate=True) == []


@pytest.mark.parametrize("validate", [True, False])
def test_a_warning_is_a_failure_and_is_told_once(
    checkout: Path, environment: dict[str, str], *, validate: bool
) -> None:
    run(checkout, environment, validate=False)
    change(checkout, "infra/main.bicep", "Base name.", "unused")
    assert run(checkout, environment, validate=validate)[0] == (
        'infra/main.bicep(4,7) : Warning no-unused-params: Parameter "unused" is declared but never used. [https://aka.ms]'
    )


def test_a_declaration_that_no_parameter_file_deploys_is_a_failure(checkout: Path, environment: dict[str, str]) -> None:
    change(checkout, "infra/environments/prod.bicepparam", "lock = true", "lock = false")
    assert run(checkout, environment, validate=False) == [
        "infra/main.bicep: no parameter file deploys storage > 1 (Microsoft.Authorization/locks): add a variant."
    ]


def test_what_does_not_compile_writes_nothing(checkout: Path, environment: dict[str, str]) -> None:
    change(checkout, "infra/main.bicep", "Base name.", "broken")
    with pytest.raises(CompilerError, match=r"bicep lint has failed:\n.+main.bicep\(1,1\) : Error BCP007"):
        run(checkout, environment, validate=False)
    assert not list((checkout / SNAPSHOTS).iterdir())


# Which compiler


def test_the_compiler_that_is_named_is_the_one(tmp_path: Path) -> None:
    named = bicep_stand_in.write(tmp_path / "named", VERSION)
    other = bicep_stand_in.write(tmp_path / "bin" / "bicep", VERSION)
    assert find({"BICEP": str(named), "PATH": str(other.parent)}, VERSION) == str(named)
    assert find({"PATH": str(other.parent)}, VERSION) == str(other)
    with pytest.raises(CompilerError, match="none is no compiler"):
        find({"BICEP": str(tmp_path / "none"), "PATH": str(other.parent)}, VERSION)


def test_another_version_on_the_path_is_passed_over(tmp_path: Path) -> None:
    newer = bicep_stand_in.write(tmp_path / "bin" / "bicep", "9.0.1")
    with pytest.raises(
        CompilerError, match=r"0\.49\.2 wasn't found\. \S+/bin/bicep is Bicep 9\.0\.1\. Run infra/scripts"
    ):
        find({"PATH": str(newer.parent), "HOME": str(tmp_path)}, "0.49.2")
    own = bicep_stand_in.write(tmp_path / ".azure" / "bin" / "bicep", VERSION)
    assert find({"PATH": str(newer.parent), "HOME": str(tmp_path)}, VERSION) == str(own)
    moved = bicep_stand_in.write(tmp_path / "elsewhere" / "bin" / "bicep", VERSION)
    assert find({"PATH": "", "AZURE_CONFIG_DIR": str(tmp_path / "elsewhere")}, VERSION) == str(moved)


def test_a_program_that_fails_is_no_compiler(tmp_path: Path) -> None:
    program = tmp_path / "bicep"
    program.write_text("#!/bin/sh\necho 'Bicep CLI version 0.49.2'\nexit 1\n")
    program.chmod(0o755)
    assert version_of(str(program)) is None


def test_the_graph_extension_may_come_from_a_file(checkout: Path, tmp_path: Path) -> None:
    own = checkout / "infra/bicepconfig.json"
    assert configuration(checkout, None, tmp_path) == own
    other = configuration(checkout, "graph.tgz", tmp_path)
    content, before = json.loads(other.read_text()), json.loads(own.read_text())
    assert content["extensions"] == {"microsoftGraphV1": str(Path("graph.tgz").resolve())}
    assert {**content, "extensions": before["extensions"]} == before


# What is newer

PUBLISHED = {
    COMPILERS: {"versions": ["0.9.1", VERSION, "99.0.0-preview.1"]},
    EXTENSIONS: {"tags": ["1.0.0", "1.1.0-preview", "latest"]},
}


def test_nothing_newer_is_no_failure(checkout: Path, environment: dict[str, str]) -> None:
    assert updates(checkout, environment, PUBLISHED.__getitem__) == []


def test_what_is_newer_is_named(checkout: Path, environment: dict[str, str]) -> None:
    change(checkout, "infra/main.bicep", "Base name.", "made in 2024")
    published = {COMPILERS: {"versions": ["0.100.0", VERSION]}, EXTENSIONS: {"tags": ["1.0.0", "v1.10.0", "1.9.0"]}}
    compiler, extension, version = updates(checkout, environment, published.__getitem__)
    assert compiler == f"Bicep 0.100.0 is out, and this is {VERSION}."
    assert extension == "The Graph extension v1.10.0 is out, and this is 1.0.0."
    assert version.startswith("infra/main.bicep(9,1) : Warning use-recent-api-versions: ")
    assert run(checkout, environment, validate=False) == []
