"""A folder of installed distributions: their modules, and the files that each needs at run time."""

import re
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import Distribution, EntryPoint, distributions
from pathlib import Path, PurePosixPath

_SOURCE, _EXTENSION = ".py", ".so"
# Not needed at run time: stubs, markers for type checkers, sources of extensions, texts, pages of debuggers.
_UNUSED = {".pyi", ".typed", ".c", ".h", ".pyx", ".pxd", ".pxi", ".md", ".rst", ".pyc", ".css", ".js", ".png"}
# Commands are installed beside the packages. Tests are the library's, not the app's.
_UNUSED_FOLDERS = {"..", "bin", "test", "tests", "__pycache__"}
# The metadata that is read at run time (version, requirements, entry points), and the licence.
_METADATA = re.compile(r"METADATA|entry_points\.txt|licenses/.*|(LICEN[CS]E|NOTICE|COPYING|AUTHORS).*", re.IGNORECASE)
_COMMANDS = {"console_scripts", "gui_scripts"}


@dataclass(frozen=True, slots=True)
class Module:
    """A module that could be imported.

    Attributes:
        name: its full name.
        path: the path of its file.
        owner: the distribution that it came with; empty for a module of the app.
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
        """Whether it is Python source; otherwise it is a compiled extension."""
        return self.path.suffix == _SOURCE


class Site:
    """The distributions that an installer has put into a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._distributions = {canonical(each.name): each for each in distributions(path=[str(folder)])}

    @property
    def names(self) -> frozenset[str]:
        """The names of the distributions, normalized as in the package index."""
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
        """The files that a distribution needs at run time, and its licence."""
        return [self.folder / path for path in self._packaged(name)] + self.metadata(name)

    def metadata(self, name: str) -> list[Path]:
        """The files that name the distribution, its version and its licence."""
        listed = (path for path in self._listed(name) if path.parts[0].endswith(".dist-info"))
        return [self.folder / path for path in listed if _METADATA.fullmatch("/".join(path.parts[1:]))]

    def needs(self, name: str) -> frozenset[str]:
        """The installed distributions that a distribution requires."""
        stated = self._distributions[name].requires or []
        needed = {canonical(re.split(r"[^\w.-]", line, maxsplit=1)[0]) for line in stated if "extra ==" not in line}
        return frozenset(needed & self.names)

    def entry_points(self, name: str) -> list[EntryPoint]:
        """The entry points of a distribution, without its commands."""
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
    """The name of the module in a file, from its path relative to where imports start."""
    parts = [*path.parts[:-1], path.name.split(".")[0]]
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def canonical(name: str) -> str:
    """A distribution's name, normalized as in the package index."""
    return re.sub(r"[-_.]+", "-", name).lower()
