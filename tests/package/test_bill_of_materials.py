"""The software bill of materials: it names everything that is in the package, and what it says is true."""

import base64
import hashlib
import json
import re
from functools import cached_property
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from local.checkout import ROOT
from tests.conftest import Package
from tools.package.bill_of_materials import document
from tools.package.build import CONSOLE, SITE
from tools.package.interpreters import own_version
from tools.package.requirements import REQUIREMENTS, wheels
from tools.package.site import canonical


class Bill:
    """What a bill of materials says."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.content: dict[str, Any] = json.loads(text)

    @cached_property
    def parts(self) -> dict[str, dict[str, Any]]:
        return {"/".join(filter(None, (part.get("group"), part["name"]))): part for part in self.content["components"]}

    @cached_property
    def distributions(self) -> dict[str, dict[str, Any]]:
        """The parts that are Python."""
        return {name: part for name, part in self.parts.items() if part["purl"].startswith("pkg:pypi/")}

    @cached_property
    def scripts(self) -> dict[str, dict[str, Any]]:
        """The parts that are in the console."""
        return {name: part for name, part in self.parts.items() if part["purl"].startswith("pkg:npm/")}

    @cached_property
    def needs(self) -> dict[str, set[str]]:
        """The names of the parts that each part needs, and the app."""
        names = {part["bom-ref"]: name for name, part in self.parts.items()}
        return {
            names.get(one["ref"], one["ref"]): {names[needed] for needed in one.get("dependsOn", ())}
            for one in self.content["dependencies"]
        }


def bundled() -> Any:
    """What the build of the console says of the packages in it."""
    return json.loads((ROOT / CONSOLE / ".packages.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def bill(package: Package) -> Bill:
    return Bill(package.bill.read_text("utf-8"))


def test_it_is_valid(bill: Bill) -> None:
    validator = JsonStrictValidator(SchemaVersion.V1_6)
    assert validator.validate_str(bill.text) is None
    assert validator.validate_str(bill.text.replace('"type": "library"', '"type": "book"')) is not None


def test_it_describes_this_zip_and_no_other(bill: Bill, package: Package) -> None:
    app = bill.content["metadata"]["component"]
    digest = hashlib.sha256(package.zip.read_bytes()).hexdigest()
    assert (app["name"], app["type"]) == ("personal-data-export", "application")
    assert app["hashes"] == [{"alg": "SHA-256", "content": digest}]
    assert app["licenses"][0]["license"]["id"] == "MIT"


def test_it_names_each_distribution_that_is_in_the_zip_and_no_other(bill: Bill, package: Package) -> None:
    inside = {canonical(one.name): one.version for one in distributions(path=[str(package.folder / SITE)])}
    assert len(inside) > 40
    assert {name: part["version"] for name, part in bill.distributions.items()} == inside
    assert inside.keys().isdisjoint(package.built.left_out)
    assert bill.parts["msgraph-sdk"]["purl"] == f"pkg:pypi/msgraph-sdk@{inside['msgraph-sdk']}"


def test_the_hash_of_each_wheel_is_one_that_is_pinned(bill: Bill) -> None:
    pinned = REQUIREMENTS.read_text("utf-8")
    for part in bill.distributions.values():
        (origin,) = part["externalReferences"]
        assert origin["type"] == "distribution"
        assert f"--hash=sha256:{origin['hashes'][0]['content']}" in pinned, part["name"]


def test_it_names_each_package_of_node_in_the_console_as_the_lock_file_pins_it(bill: Bill, package: Package) -> None:
    pinned = json.loads((ROOT / "console" / "package-lock.json").read_text("utf-8"))["packages"]
    (licences,) = (package.folder / CONSOLE / "assets").glob("licences-*.txt")
    told = set(re.findall(r"^-{80}\n\n(\S+) \S+$", licences.read_text("utf-8"), re.MULTILINE))
    assert {"preact", "oauth4webapi"} <= told == bill.scripts.keys()
    for name, part in bill.scripts.items():
        lock, (origin,) = pinned[f"node_modules/{name}"], part["externalReferences"]
        (digest,) = origin["hashes"]
        assert part["version"] == lock["version"]
        assert digest["alg"] == "SHA-512"
        assert lock["integrity"] == f"sha512-{base64.b64encode(bytes.fromhex(digest['content'])).decode()}"


def test_a_package_of_node_may_have_a_scope_and_need_another(package: Package) -> None:
    (preact,) = (one for one in bundled() if one["name"] == "preact")
    scoped = {**preact, "name": "@scope/parts", "isDirect": False, "needs": []}
    given = [{**preact, "needs": ["@scope/parts"]}, scoped]
    bill = Bill(document(ROOT / "pyproject.toml", package.zip, package.folder / SITE, wheels(own_version()), given))
    assert bill.scripts["@scope/parts"]["purl"] == f"pkg:npm/%40scope/parts@{preact['version']}"
    assert bill.needs["preact"] == {"@scope/parts"}
    assert "@scope/parts" not in bill.needs["personal-data-export"]


def test_a_package_of_node_that_is_pinned_by_a_weak_hash_fails_the_build(package: Package) -> None:
    weak = [{**one, "integrity": "sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk="} for one in bundled()]
    with pytest.raises(ValueError, match="is pinned by sha1"):
        document(ROOT / "pyproject.toml", package.zip, package.folder / SITE, wheels(own_version()), weak)


def test_every_part_has_a_licence(bill: Bill) -> None:
    assert [name for name, part in bill.parts.items() if not part.get("licenses")] == []
    (aiohttp,) = bill.parts["aiohttp"]["licenses"]
    assert aiohttp["expression"] == "Apache-2.0 AND MIT"
    (kiota,) = bill.parts["microsoft-kiota-http"]["licenses"]  # which states it in a classifier alone
    assert kiota["license"]["id"] == "MIT"


def test_it_says_what_needs_what(bill: Bill) -> None:
    assert {"msgraph-sdk", "httpx"} <= bill.needs["personal-data-export"]
    assert "httpcore" in bill.needs["httpx"]
    assert "httpcore" not in bill.needs["personal-data-export"]
    assert {"preact", "oauth4webapi"} <= bill.needs["personal-data-export"]
    assert bill.needs.keys() == {"personal-data-export", *bill.parts}


def test_the_same_package_gives_the_same_bill(bill: Bill, package: Package) -> None:
    """Whoever builds the package again can compare both files byte for byte."""
    site = package.folder / SITE
    again = document(ROOT / "pyproject.toml", package.zip, site, wheels(own_version()), bundled())
    assert again == bill.text


def test_a_distribution_of_unknown_origin_fails_the_build(package: Package, tmp_path: Path) -> None:
    info = tmp_path / "stray-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: stray\nVersion: 1\n", "utf-8")
    with pytest.raises(KeyError, match="stray"):
        document(ROOT / "pyproject.toml", package.zip, tmp_path, wheels(own_version()), [])
