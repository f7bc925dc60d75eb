"""How the host is run: with this environment's packages, or of a deployment package with nothing but its own."""

import importlib.util
import sys
from dataclasses import dataclass, field
from pathlib import Path

from local.checkout import ROOT

BROUGHT = Path(".python_packages", "lib", "site-packages")
"""Where an app brings its packages, as on the platform."""

# What the host needs besides what every Python function app brings.
_OF_THE_HOST = "croniter"


@dataclass(frozen=True)
class Interpreter:
    """What runs the host.

    Attributes:
        command: the beginning of its command line.
        environment: what it needs in its environment.
    """

    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)


def interpreter_for(app: Path, folder: Path) -> Interpreter:
    """Choose what runs the host of an app.

    An app that brings packages gets those, the host and nothing else: no site-packages, no checkout around it. So what
    a deployment package lacks is missed here too.

    Args:
        app: the folder of the app.
        folder: a folder for what the host brings; made where it is needed.
    """
    brought = app / BROUGHT
    if not brought.is_dir():
        return Interpreter((sys.executable,))
    folder.mkdir(parents=True, exist_ok=True)
    _link(folder / "local", ROOT / "local")
    spec = importlib.util.find_spec(_OF_THE_HOST)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"The host needs {_OF_THE_HOST}: run `make setup`.")
    _link(folder / _OF_THE_HOST, Path(spec.origin).parent)
    return Interpreter((sys.executable, "-S", "-P"), {"PYTHONPATH": f"{brought}:{folder}"})


def _link(link: Path, target: Path) -> None:
    link.unlink(missing_ok=True)
    link.symlink_to(target)
