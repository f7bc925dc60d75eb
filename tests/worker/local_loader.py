"""What the local host finds in an app: `python -m tests.worker.local_loader APP`, in the folder of the checkout."""

import json
import sys
from enum import Enum
from pathlib import Path
from typing import Any

from local.checkout import ROOT
from local.host.function_loader import load_functions


def main() -> None:
    """Write it as JSON."""
    # As in the host, the app sees its own modules and the packages, but not the checkout.
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != ROOT]
    functions = load_functions(Path(sys.argv[1]).resolve())
    found = [
        {
            "name": each.name,
            "trigger": {name: _named(value) for name, value in each.binding.items()},
            "clients": list(each.clients),
            "is_async": each.is_async,
            "has_return": each.has_return,
        }
        for each in functions
    ]
    sys.stdout.write(json.dumps({"functions": found}))


def _named(value: Any) -> Any:
    """A value of a binding, with names in place of the SDK's constants, as the worker sends it to its host."""
    if isinstance(value, list):
        return [_named(each) for each in value]
    return value.name if isinstance(value, Enum) else value


if __name__ == "__main__":
    main()
