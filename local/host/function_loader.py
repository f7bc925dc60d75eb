"""Loads the functions of an app, and refuses what Microsoft's worker refuses and what this host does not support."""

import importlib
import inspect
import os
import re
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from azure.functions import FunctionApp
from azure.functions.decorators.function_app import Function as SdkFunction
from azure.functions.decorators.function_app import FunctionRegister

from local.host.function_signature import AppError, check_signature
from local.host.host_settings import LoadError

HTTP = "httpTrigger"
TIMER = "timerTrigger"
ORCHESTRATION = "orchestrationTrigger"
ACTIVITY = "activityTrigger"

_TRIGGERS = {HTTP, TIMER, ORCHESTRATION, ACTIVITY}
_DURABLE_CLIENT = "durableClient"
_BINDINGS = {*_TRIGGERS, _DURABLE_CLIENT, "http"}
_RETRY = "retry_policy"
_SCRIPT = re.compile(r"[a-zA-Z0-9_][a-zA-Z0-9_-]*\.py")


@dataclass(frozen=True)
class Function:
    """One function of the app.

    Attributes:
        name: its name in logs and in Durable Functions.
        call: the Python function.
        trigger: the type of its trigger.
        binding: the trigger's properties as function.json has them.
        clients: names of the parameters that take a durable client.
        is_async: whether calling it gives a coroutine.
    """

    name: str
    call: Callable[..., Any]
    trigger: str
    binding: dict[str, Any] = field(repr=False)
    clients: tuple[str, ...] = ()
    is_async: bool = False

    @property
    def level(self) -> str:
        """Which key its HTTP trigger needs: anonymous, function or admin."""
        level = self.binding["authLevel"]
        return str(getattr(level, "value", level)).lower()

    @property
    def has_return(self) -> bool:
        """Whether it may return a value. A timer has nowhere to put one."""
        return self.trigger != TIMER

    @property
    def parameter(self) -> str:
        """The name of the parameter for what triggered the function."""
        return str(self.binding["name"])


def load_functions(app_dir: Path, script: str = "function_app.py") -> list[Function]:
    """Import an app from a folder, which becomes the working directory, and return its functions.

    Args:
        app_dir: the folder of the app. It becomes the last place that modules are looked for in.
        script: the name of the app's main file in it.

    Raises:
        AppError: Microsoft's worker refuses the app.
        LoadError: a function needs what this host does not support.
    """
    if not _SCRIPT.fullmatch(script):
        raise AppError(f"'{script}' is not the name of a Python file")
    if not (app_dir / script).is_file():
        raise AppError(f"there is no {script} in {app_dir}")
    os.chdir(app_dir)
    sys.path.append(str(app_dir))
    try:
        declared = _app(importlib.import_module(Path(script).stem), script).get_functions()
    except AppError:
        raise
    except Exception as error:
        # The app's own code runs here, so anything can come of it.
        traceback.print_exc()
        raise AppError(f"the app can't be loaded: {type(error).__name__}: {error}") from error
    return [_function(each) for each in declared]


def _app(module: ModuleType, script: str) -> FunctionRegister:
    """The one app among the names of a module, whatever it is called."""
    apps = [name for name, value in vars(module).items() if isinstance(value, FunctionRegister)]
    if not apps:
        raise AppError(f"{script} has no {FunctionApp.__name__} or DFApp at its top level")
    if len(apps) > 1:
        raise AppError(f"{script} has more than one app at its top level: {', '.join(apps)}")
    app: FunctionRegister = getattr(module, apps[0])
    return app


def by_trigger(functions: list[Function], trigger: str) -> dict[str, Function]:
    """Return the functions with a kind of trigger, by name."""
    return {function.name: function for function in functions if function.trigger == trigger}


def _function(declared: SdkFunction) -> Function:
    name, call = str(declared.get_function_name()), declared.get_user_function()
    bindings = declared.get_bindings()
    types = {str(binding.name): str(binding.type) for binding in bindings}
    _refuse_unsupported(name, call, types)
    if declared.get_setting(_RETRY):
        raise LoadError(f"function '{name}': the local host does not support a retry policy of a function")
    check_signature(name, call, types)
    trigger = next(binding for binding in bindings if binding.type in _TRIGGERS)
    return Function(
        name=name,
        call=call,
        trigger=str(trigger.type),
        binding=trigger.get_dict_repr(),
        clients=tuple(each for each, kind in types.items() if kind == _DURABLE_CLIENT),
        is_async=inspect.iscoroutinefunction(call),
    )


def _refuse_unsupported(name: str, call: Callable[..., Any], types: dict[str, str]) -> None:
    """Refuse what the platform has and this host has not."""
    for kind in types.values():
        if kind not in _BINDINGS:
            raise LoadError(f"function '{name}': the local host does not support the binding '{kind}'")
    parameters = inspect.signature(call).parameters
    if "context" in parameters.keys() - types.keys():
        raise LoadError(f"function '{name}': the local host does not support the parameter 'context'")
    for parameter, declared in parameters.items():
        if types.get(parameter) in (HTTP, TIMER) and declared.annotation in (str, bytes, "str", "bytes"):
            raise LoadError(f"function '{name}': the local host does not support '{parameter}' as str or bytes")
