"""Decides which parts of the installed distributions the app can ever import.

Imports are followed from the app's own modules, lazy ones too. A library of which one module is reached is kept whole:
it may import more of itself by name. With it stay what its compiled parts declare to need, because their imports can't
be seen, and what it finds by entry point, unless that could not be imported here.

Of the Graph SDK, thousands of generated modules, and of the names of OpenTelemetry's conventions the modules alone are
kept. One that is named in an import is used: all its imports count. One that only comes along, because it is a package
around a used one, is loaded and no more: what its functions would import never is.
"""

import sys
from collections.abc import Iterable
from dataclasses import dataclass

from tools.package.imports import Import, imports_of
from tools.package.site import Module, Site

GRAPH_SDK = "msgraph-sdk"
BY_MODULE = frozenset({GRAPH_SDK, "opentelemetry-semantic-conventions"})
"""Distributions that are kept module by module."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept.

    Attributes:
        distributions: their names.
        modules: the modules of the distributions in BY_MODULE.
        offered: the modules that are found through entry points.
    """

    distributions: frozenset[str]
    modules: frozenset[str]
    offered: frozenset[str]


def closure(site: Site, app: Iterable[Module], roots: Iterable[str]) -> Kept:
    """What the app's modules need, and what the roots need, which something other than the app imports."""
    walk = _Walk(site)
    for module in app:
        walk.follow(module)
    offered = frozenset(name for name in _offered(site) if _can_be_imported(site, name))
    for name in (*roots, *offered):
        walk.reach(name, used=True)
    walk.run()
    return Kept(frozenset(walk.distributions), frozenset(walk.single), offered)


class _Walk:
    def __init__(self, site: Site) -> None:
        self._site = site
        self._todo: list[tuple[Module, bool]] = []
        self._seen: set[tuple[str, bool]] = set()
        self.distributions: set[str] = set()
        self.single: set[str] = set()

    def follow(self, module: Module, *, used: bool = True) -> None:
        self._todo.append((module, used))

    def run(self) -> None:
        while self._todo:
            module, used = self._todo.pop()
            for each in _read(module):
                if used or not each.lazy:
                    self._follow_import(each, used=used)

    def reach(self, name: str, *, used: bool) -> None:
        """Notes that a module is imported, after the packages around it."""
        parts = name.split(".")
        for length in range(1, len(parts) + 1):
            module = self._site.modules.get(".".join(parts[:length]))
            if module is not None:
                # Lazy imports count, except in the SDK, whose packages import everything lazily.
                self._reach(module, used=module.owner not in BY_MODULE or (used and length == len(parts)))

    def _follow_import(self, statement: Import, *, used: bool) -> None:
        self.reach(statement.module, used=used)
        for name in statement.names:
            if f"{statement.module}.{name}" in self._site.modules:
                self.reach(f"{statement.module}.{name}", used=used)

    def _reach(self, module: Module, *, used: bool) -> None:
        if (module.name, used) in self._seen or (module.name, True) in self._seen:
            return
        self._seen.add((module.name, used))
        self._keep(module.owner)
        if module.owner in BY_MODULE:
            self.single.add(module.name)
        if module.is_source:
            self.follow(module, used=used)

    def _keep(self, name: str) -> None:
        if name in self.distributions:
            return
        self.distributions.add(name)
        theirs = [module for module in self._site.modules.values() if module.owner == name]
        if not all(module.is_source for module in theirs):
            for needed in self._site.needs(name):
                self._keep(needed)


def _offered(site: Site) -> set[str]:
    return {each.module for name in site.names for each in site.entry_points(name)}


def _can_be_imported(site: Site, name: str) -> bool:
    module = site.modules.get(name)
    return module is not None and all(_exists(site, each.module) for each in _read(module) if each.certain)


def _exists(site: Site, name: str) -> bool:
    if name.partition(".")[0] in sys.stdlib_module_names or name in site.modules:
        return True
    return any(each.startswith(f"{name}.") for each in site.modules)  # a package without a file


def _read(module: Module) -> Iterable[Import]:
    return imports_of(module.path.read_bytes(), module.name, is_package=module.is_package)
