"""Looks for what is newer than infra/ uses, which Dependabot doesn't know: `python -m tools.bicep.updates`.

It asks NuGet for the compiler's versions, Microsoft's registry for those of the Graph extension, and the linter for API
versions that will soon be too old for it. It changes nothing.
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

from tools.bicep.__main__ import ROOT
from tools.bicep.compiler import CONFIGURATION, GRAPH, Compiler, CompilerError, configuration, find, pinned_version
from tools.bicep.diagnostics import diagnostics
from tools.bicep.renewal import TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

COMPILERS = "https://api.nuget.org/v3-flatcontainer/azure.bicep.commandline.linux-x64/index.json"
"""The versions of a package: "Package Content" in the documentation of NuGet's API."""
EXTENSIONS = "https://mcr.microsoft.com/v2/bicep/extensions/microsoftgraph/v1.0/tags/list"
"""The tags of an image: "Listing Tags" in the specification of the OCI's distribution API."""
NOTICE_DAYS = 90
"""How long before the linter refuses an API version this tells of it."""


def main() -> None:
    """Exits with 1, and names each on stderr, where there is something newer."""
    try:
        found = updates(ROOT, os.environ, _fetched)
    except CompilerError as error:
        sys.exit(str(error))
    sys.exit("\n".join(found) or None)


def updates(root: Path, environment: Mapping[str, str], fetch: Callable[[str], Any]) -> list[str]:
    """A line for each thing that is newer; `fetch` gives the JSON of an address.

    Raises:
        CompilerError: there is no compiler, or something doesn't compile.
    """
    version = pinned_version(root)
    extension = json.loads((root / CONFIGURATION).read_text("utf-8"))["extensions"][GRAPH].rpartition(":")[2]
    return [
        *_newer("Bicep", version, fetch(COMPILERS)["versions"]),
        *_newer("The Graph extension", extension, fetch(EXTENSIONS)["tags"]),
        *_ageing(root, environment, version),
    ]


def _newer(name: str, version: str, published: Iterable[str]) -> list[str]:
    newest = max((each for each in published if re.fullmatch(r"v?\d+(\.\d+)*", each)), key=_parts, default=version)
    return [f"{name} {newest} is out, and this is {version}."] if _parts(newest) > _parts(version) else []


def _parts(version: str) -> list[int]:
    return [int(part) for part in version.removeprefix("v").split(".")]


def _ageing(root: Path, environment: Mapping[str, str], version: str) -> list[str]:
    with TemporaryDirectory() as folder:
        content = json.loads(configuration(root, environment.get("GRAPH_EXTENSION"), Path(folder)).read_text("utf-8"))
        rule = content["analyzers"]["core"]["rules"]["use-recent-api-versions"]
        rule |= {"level": "warning", "maxAgeInDays": rule["maxAgeInDays"] - NOTICE_DAYS}
        stricter = Path(folder, "stricter.json")
        stricter.write_text(json.dumps(content), "utf-8")
        compiler = Compiler(find(environment, version), root, stricter, environment)
        compiler.lint(TEMPLATES)
    return diagnostics("".join(compiler.said), str(root))


def _fetched(address: str) -> Any:  # noqa: ANN401 - JSON
    with urlopen(address, timeout=60) as response:  # noqa: S310 - the two addresses above
        return json.load(response)


if __name__ == "__main__":
    main()
