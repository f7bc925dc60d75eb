"""Everything that is made of infra/ by the compiler: formatted sources, snapshots, parameters and the lock."""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tools.bicep.deployments import PARAMETER_FILES, deployments
from tools.bicep.diagnostics import diagnostics
from tools.bicep.differences import shortened
from tools.bicep.lock import LOCK, SNAPSHOTS, lock
from tools.bicep.markers import marked, unmarked

if TYPE_CHECKING:
    from pathlib import Path

    from tools.bicep.compiler import Compiler
    from tools.bicep.deployments import Deployment
    from tools.bicep.differences import Content

TEMPLATES = "infra/**/*.bicep"
_KEPT = ("type", "defaultValue", "allowedValues", "minValue", "maxValue", "minLength", "maxLength")


@dataclass(frozen=True, slots=True)
class Renewal:
    """What the compiler makes of a checkout.

    Attributes:
        root: the checkout.
        formatted: the text of each template and parameter file as the formatter writes it, by path.
        made: the text of each snapshot, and of the file of parameters, by path.
        found: what is wrong with the sources: a line each.
    """

    root: Path
    formatted: dict[str, str]
    made: dict[str, str]
    found: list[str]

    @classmethod
    def of(cls, compiler: Compiler) -> Renewal:
        """Compiles, lints and evaluates everything.

        Raises:
            CompilerError: something doesn't compile.
        """
        root = compiler.root
        formatted = compiler.format(
            path.relative_to(root).as_posix()
            for pattern in (TEMPLATES, *PARAMETER_FILES)
            for path in sorted(root.glob(pattern))
        )
        compiler.lint(TEMPLATES)
        every = deployments(root)
        templates = {path: compiler.build(path) for path in sorted({each.template for each in every})}
        snapshots, unused = _evaluated(compiler, every, templates)
        made = {f"{SNAPSHOTS}/{each.name}.json": _text(_content(each, snapshots)) for each in every}
        made[f"{SNAPSHOTS}/parameters.json"] = _text({path: _parameters(each) for path, each in templates.items()})
        found = [*diagnostics("".join(compiler.said), str(root)), *unused]
        return cls(root, formatted, made, found)

    def write(self) -> list[str]:
        """Writes every file that differs, removes snapshots that nothing makes any more, and then writes the lock.

        Returns the paths of the files that it wrote or removed.
        """
        changed = self._left_over()
        for path in changed:
            (self.root / path).unlink()
        changed += [path for path, text in {**self.formatted, **self.made}.items() if self._write(path, text)]
        self._write(LOCK, _text(lock(self.root, self.made)))
        return changed

    def differences(self) -> list[str]:
        """What `write` would change: a line a file."""
        kept = {**self.made, LOCK: _text(lock(self.root, self.made))}
        return [
            *(
                f"{path} isn't formatted: run `make infra`."
                for path, text in self.formatted.items()
                if self._differs(path, text)
            ),
            *(f"{path} is stale: run `make infra`." for path, text in kept.items() if self._differs(path, text)),
            *(f"{path} belongs to no parameter file: run `make infra`." for path in self._left_over()),
        ]

    def _left_over(self) -> list[str]:
        found = (path.relative_to(self.root).as_posix() for path in sorted((self.root / SNAPSHOTS).glob("*.json")))
        return [path for path in found if path not in self.made and path != LOCK]

    def _differs(self, path: str, text: str) -> bool:
        file = self.root / path
        return not file.exists() or file.read_text("utf-8") != text

    def _write(self, path: str, text: str) -> bool:
        differs = self._differs(path, text)
        if differs:
            (self.root / path).write_text(text, "utf-8", newline="\n")
        return differs


def _evaluated(
    compiler: Compiler, every: list[Deployment], templates: dict[str, Content]
) -> tuple[dict[str, Content], list[str]]:
    """The snapshot of each deployment, by name, and a line for each declaration that is in none of them."""
    with_markers = {path: marked(template) for path, template in templates.items()}
    unseen = {path: declared for path, (_, declared) in with_markers.items()}
    snapshots = {}
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        evaluated = pool.map(lambda each: compiler.snapshot(each, with_markers[each.template][0]), every)
        for each, snapshot in zip(every, evaluated, strict=True):
            snapshots[each.name], seen = unmarked(snapshot)
            unseen[each.template] = unseen[each.template] - seen
    return snapshots, [
        f"{path}: no parameter file deploys {declaration}: add a variant."
        for path, declarations in unseen.items()
        for declaration in sorted(declarations)
    ]


def _content(deployment: Deployment, snapshots: dict[str, Content]) -> Content:
    own = snapshots[deployment.name]
    changes = shortened(deployment.base, snapshots[deployment.base], own) if deployment.base else None
    return {"template": deployment.template, **(changes or own)}


def _parameters(template: Content) -> Content:
    return {
        name: {key: given[key] for key in _KEPT if key in given} | {"description": given["metadata"]["description"]}
        for name, given in template["parameters"].items()
    }


def _text(content: Content) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
