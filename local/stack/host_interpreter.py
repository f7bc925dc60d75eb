"""Chooses the Python command that runs the host, and the packages that it can import."""

import importlib.util
import sys
from dataclasses import dataclass, field
from pathlib import Path

from local.checkout import ROOT

APP_PACKAGES = Path(".python_packages", "lib", "site-packages")
"""Where a deployment package has its packages, as on the platform."""

_HOST_DEPENDENCY = "croniter"
"""What the host needs in addition to the packages of every function app."""


@dataclass(frozen=True)
class Interpreter:
    """A Python to run the host with.

    Attributes:
        command: the start of the command line.
        environment: variables that it needs.
    """

    command: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)


def interpreter_for(app: Path, folder: Path) -> Interpreter:
    """Choose the interpreter for the host of an app.

    The host of a deployment package can import the package's own packages and `local`, but neither this environment nor
    the checkout. So a package that lacks something fails here too.

    Args:
        app: the folder of the app.
        folder: a folder for links to what the host needs; made if it is used.
    """
    packages = app / APP_PACKAGES
    if not packages.is_dir():
        return Interpreter((sys.executable,))
    folder.mkdir(parents=True, exist_ok=True)
    _link(folder / "local", ROOT / "local")
    spec = importlib.util.find_spec(_HOST_DEPENDENCY)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"The host needs {_HOST_DEPENDENCY}: run `make setup`.")
    _link(folder / _HOST_DEPENDENCY, Path(spec.origin).parent)
    return Interpreter((sys.executable, "-S", "-P"), {"PYTHONPATH": f"{packages}:{folder}"})


def _link(link: Path, target: Path) -> None:
    link.unlink(missing_ok=True)
    link.symlink_to(target)
