"""Writes the software bill of materials (SBOM) of a package, in the format CycloneDX 1.6.

It has every distribution that is in the package, with its version, its licence, what it depends on, and the hash of the
wheel that it came in; and the same of every package of Node that is bundled into the console. It describes one zip, by
the zip's hash. It has no time and no random number in it, so whoever builds the package again gets the same bytes.
"""

import base64
import hashlib
import json
import re
import tomllib
import uuid
from collections.abc import Mapping, Sequence
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Any

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.contrib.this.builders import this_component
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, XsUri
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.license import License, LicenseAcknowledgement
from cyclonedx.model.tool import ToolRepository
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from tools.package.site import Site, canonical

_INDEX = "https://pypi.org/project"
_NODE_INDEX = "https://www.npmjs.com/package"
# What some distributions write in place of the licence's identifier.
_IDENTIFIERS = {"MIT License": "MIT", "Apache 2.0": "Apache-2.0"}


def document(
    project: Path, package: Path, site: Path, wheels: Mapping[str, str], bundled: Sequence[Mapping[str, Any]]
) -> str:
    """The bill of materials of a package, as JSON.

    Args:
        project: the app's pyproject.toml.
        package: the finished zip.
        site: the folder of the distributions that are in it.
        wheels: the SHA-256 of the wheel of each distribution, by its normalized name.
        bundled: the packages of Node in the console, as its build describes them.
    """
    described = tomllib.loads(project.read_text("utf-8"))["project"]
    digest = hashlib.sha256(package.read_bytes()).hexdigest()
    app = _app(described, digest)
    found = sorted(distributions(path=[str(site)]), key=lambda one: canonical(one.name))
    parts = {canonical(one.name): _part(one, wheels[canonical(one.name)]) for one in found}
    scripts = {one["name"]: _script(one) for one in bundled}
    bom = Bom(
        # A name-based UUID (RFC 9562, version 5): the same package has the same number.
        serial_number=uuid.uuid5(uuid.NAMESPACE_URL, f"sha256:{digest}"),
        metadata=BomMetaData(component=app, tools=ToolRepository(components=[this_component()])),
        components=[*parts.values(), *scripts.values()],
    )
    installed = Site(site)
    direct = {canonical(re.split(r"[^\w.-]", one, maxsplit=1)[0]) for one in described["dependencies"]}
    named = [scripts[one["name"]] for one in bundled if one["isDirect"]]
    bom.register_dependency(app, [*(parts[name] for name in sorted(direct & parts.keys())), *named])
    for name, part in parts.items():
        bom.register_dependency(part, [parts[needed] for needed in sorted(installed.needs(name))])
    for one in bundled:
        bom.register_dependency(scripts[one["name"]], [scripts[needed] for needed in one["needs"]])
    return _text(bom)


def _app(described: Mapping[str, Any], digest: str) -> Component:
    return Component(
        type=ComponentType.APPLICATION,
        bom_ref=described["name"],
        name=described["name"],
        version=described["version"],
        description=described["description"],
        licenses=[_licence(described["license"])],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest)],
    )


def _part(distribution: Distribution, wheel: str) -> Component:
    name, version = canonical(distribution.name), distribution.version
    url = PackageURL("pypi", None, name, version)
    origin = ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION,
        url=XsUri(f"{_INDEX}/{name}/{version}/"),
        comment="the wheel that it was installed from; the package has the part of it that the app can import",
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=wheel)],
    )
    return Component(
        type=ComponentType.LIBRARY,
        bom_ref=url.to_string(),
        name=name,
        version=version,
        purl=url,
        licenses=[_licence(stated) for stated in _stated(distribution)],
        external_references=[origin],
    )


def _script(package: Mapping[str, Any]) -> Component:
    """A package of Node. The registry's hash is in base64, in the form of Subresource Integrity."""
    name, version = package["name"], package["version"]
    scope, _, short = name.rpartition("/")
    algorithm, _, digest = package["integrity"].partition("-")
    if algorithm != "sha512":
        raise ValueError(f"{name} is pinned by {algorithm}, not by SHA-512.")
    origin = ExternalReference(
        type=ExternalReferenceType.DISTRIBUTION,
        url=XsUri(f"{_NODE_INDEX}/{name}/v/{version}"),
        comment="the archive that it was installed from; the script of the console has the part of it that is used",
        hashes=[HashType(alg=HashAlgorithm.SHA_512, content=base64.b64decode(digest).hex())],
    )
    url = PackageURL("npm", scope or None, short, version)
    return Component(
        type=ComponentType.LIBRARY,
        bom_ref=url.to_string(),
        group=scope or None,
        name=short,
        version=version,
        purl=url,
        licenses=[_licence(package["license"])],
        external_references=[origin],
    )


def _stated(distribution: Distribution) -> list[str]:
    """The licences that a distribution states: an expression, else a short text, else classifiers, which are vaguer."""
    fields = distribution.metadata.json
    for field in ("license_expression", "license"):
        stated = str(fields.get(field) or "").strip()
        if stated and "\n" not in stated:
            return [stated]
    return [one.rpartition(" :: ")[2] for one in fields.get("classifier", ()) if one.startswith("License ::")]


def _licence(stated: str) -> License:
    name = _IDENTIFIERS.get(stated, stated)
    return LicenseFactory().make_from_string(name, license_acknowledgement=LicenseAcknowledgement.DECLARED)


def _text(bom: Bom) -> str:
    written = json.loads(JsonV1Dot6(bom).output_as_string())
    del written["metadata"]["timestamp"]  # when it was written, which no two builds share
    return json.dumps(written, indent=2) + "\n"
