"""Loads the functions of an app from its function_app.py, and refuses what this host does not support."""

import importlib
import inspect
import os
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from azure.functions import FunctionApp
from azure.functions.decorators.function_app import Function as SdkFunction
from azure.functions.decorators.function_app import FunctionRegister

from local.host.host_settings import LoadError

HTTP = "httpTrigger"
TIMER = "timerTrigger"
ORCHESTRATION = "orchestrationTrigger"
ACTIVITY = "activityTrigger"

_TRIGGERS = {HTTP, TIMER, ORCHESTRATION, ACTIVITY}
_DURABLE_CLIENT = "durableClient"
_BINDINGS = {*_TRIGGERS, _DURABLE_CLIENT, "http"}
_RETRY = "retry_policy"


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
    def parameter(self) -> str:
        """The name of the parameter for what triggered the function."""
        return str(self.binding["name"])


def load_functions(app_dir: Path) -> list[Function]:
    """Import function_app.py from a folder, which becomes the working directory, and return its functions.

    Raises:
        LoadError: there is no app in it, or a function needs what this host does not support.
    """
    if not (app_dir / "function_app.py").is_file():
        raise LoadError(f"there is no function_app.py in {app_dir}")
    os.chdir(app_dir)
    sys.path.insert(0, str(app_dir))
    try:
        app = getattr(importlib.import_module("function_app"), "app", None)
    except Exception as error:
        traceback.print_exc()
        raise LoadError(f"the app can't be loaded: {type(error).__name__}: {error}") from error
    if not isinstance(app, FunctionRegister):
        raise LoadError(f"function_app.py has no `app` that is a {FunctionApp.__name__} or a DFApp")
    try:
        declared = app.get_functions()
    except ValueError as error:  # what the SDK rejects, such as a name used twice
        raise LoadError(str(error)) from error
    return [_function(each) for each in declared]


def by_trigger(functions: list[Function], trigger: str) -> dict[str, Function]:
    """Return the functions with a kind of trigger, by name."""
    return {function.name: function for function in functions if function.trigger == trigger}


def _function(declared: SdkFunction) -> Function:
    name = str(declared.get_function_name())
    bindings = declared.get_bindings()
    for binding in bindings:
        if binding.type not in _BINDINGS:
            raise LoadError(f"function '{name}': the local host does not support the binding '{binding.type}'")
    if declared.get_setting(_RETRY):
        raise LoadError(f"function '{name}': the local host does not support a retry policy of a function")
    trigger = next(binding for binding in bindings if binding.type in _TRIGGERS)
    call = declared.get_user_function()
    unbound = set(inspect.signature(call).parameters) - {binding.name for binding in bindings}
    if unbound:
        raise LoadError(f"function '{name}': the local host does not support the parameter '{min(unbound)}'")
    return Function(
        name=name,
        call=call,
        trigger=str(trigger.type),
        binding=trigger.get_dict_repr(),
        clients=tuple(binding.name for binding in bindings if binding.type == _DURABLE_CLIENT),
        is_async=inspect.iscoroutinefunction(call),
    )
