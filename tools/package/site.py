"""A folder of installed distributions: their modules, and the files of each that are of use at run time."""

import re
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import Distribution, EntryPoint, distributions
from pathlib import Path, PurePosixPath

_SOURCE, _EXTENSION = ".py", ".so"
# Of no use once built: stubs, marks for type checkers, sources of extensions, texts.
_UNUSED = {".pyi", ".typed", ".c", ".h", ".pyx", ".pxd", ".pxi", ".md", ".rst", ".pyc"}
# Programs go to a folder beside the packages. Tests are of the library, not of the app.
_UNUSED_FOLDERS = {"..", "bin", "test", "tests", "__pycache__"}
# What is read of an installed distribution: its version, needs and entry points; and its licence stays with it.
_METADATA = re.compile(r"METADATA|entry_points\.txt|licenses/.*|(LICEN[CS]E|NOTICE|COPYING|AUTHORS).*", re.IGNORECASE)
_COMMANDS = {"console_scripts", "gui_scripts"}


@dataclass(frozen=True, slots=True)
class Module:
    """A module that could be imported.

    Attributes:
        name: its full name.
        path: of its file.
        owner: the distribution that it came with; an empty text for one of the app.
    """

    name: str
    path: Path
    owner: str = ""

    @property
    def is_package(self) -> bool:
        """Whether it is a package."""
        return self.path.stem == "__init__"

    @property
    def is_source(self) -> bool:
        """Whether it can be read; else it is a compiled extension."""
        return self.path.suffix == _SOURCE


class Site:
    """The distributions that an installer has put into a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._distributions = {_canonical(each.name): each for each in distributions(path=[str(folder)])}

    @property
    def names(self) -> frozenset[str]:
        """The names of the distributions, in the form of the package index."""
        return frozenset(self._distributions)

    @cached_property
    def modules(self) -> dict[str, Module]:
        """All modules by name."""
        found = (
            Module(module_name(PurePosixPath(path)), self.folder / path, owner)
            for owner in self._distributions
            for path in self._packaged(owner)
            if path.suffix in {_SOURCE, _EXTENSION}
        )
        return {module.name: module for module in found}

    def files(self, name: str) -> list[Path]:
        """The files of a distribution that are of use at run time, its licence among them."""
        return [self.folder / path for path in self._packaged(name)] + self.metadata(name)

    def metadata(self, name: str) -> list[Path]:
        """What says which distribution it is, its version, and its licence."""
        listed = (path for path in self._listed(name) if path.parts[0].endswith(".dist-info"))
        return [self.folder / path for path in listed if _METADATA.fullmatch("/".join(path.parts[1:]))]

    def needs(self, name: str) -> frozenset[str]:
        """The installed distributions that a distribution says it needs."""
        stated = self._distributions[name].requires or []
        needed = {_canonical(re.split(r"[^\w.-]", line, maxsplit=1)[0]) for line in stated if "extra ==" not in line}
        return frozenset(needed & self.names)

    def entry_points(self, name: str) -> list[EntryPoint]:
        """What a distribution offers to those that look for it by name, but for commands."""
        return [each for each in self._distributions[name].entry_points if each.group not in _COMMANDS]

    def _packaged(self, name: str) -> list[PurePosixPath]:
        return [
            path
            for path in self._listed(name)
            if not path.parts[0].endswith(".dist-info")
            and path.suffix not in _UNUSED
            and _UNUSED_FOLDERS.isdisjoint(path.parts[:-1])
        ]

    def _listed(self, name: str) -> list[PurePosixPath]:
        distribution: Distribution = self._distributions[name]
        return sorted(PurePosixPath(path) for path in distribution.files or [])


def module_name(path: PurePosixPath) -> str:
    """The name of the module in a file, by its path from where imports start."""
    parts = [*path.parts[:-1], path.name.split(".")[0]]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
