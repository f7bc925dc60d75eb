"""What Microsoft's worker demands of a function's signature. It refuses an app whole for one function that differs.

The rules are those of azure-functions-runtime 1.3.0; tests/worker tries each on both.
"""

import inspect
import types
import typing
from collections.abc import Callable, Mapping
from typing import Any

from azure.functions import get_binding_registry

RETURN = "$return"

_NOT_GENERIC = (typing.Union, tuple, Callable, types.UnionType)
"""What the worker doesn't take for a generic type, whatever is in its brackets."""


class AppError(Exception):
    """Microsoft's worker refuses the app, for the reason in the text. Its host runs on without any of the functions."""


def check_signature(name: str, call: Callable[..., Any], bindings: Mapping[str, str]) -> None:
    """Check that a function fits its bindings.

    Args:
        name: the name of the function.
        call: the function.
        bindings: the type of each binding by its name, which is that of a parameter or `$return`.

    Raises:
        AppError: it doesn't fit.
    """
    try:
        annotations = typing.get_type_hints(call)
    except Exception as error:
        # Annotations are code of the app, so anything can come of them.
        raise AppError(f"function '{name}': its annotations can't be resolved: {_text(error)}") from error
    parameters, bound = set(inspect.signature(call).parameters), set(bindings) - {RETURN}
    if parameters - bound:
        raise AppError(f"function '{name}': no binding has the name of the parameter '{min(parameters - bound)}'")
    if bound - parameters:
        raise AppError(f"function '{name}': no parameter has the name of the binding '{min(bound - parameters)}'")
    for parameter in sorted(parameters & annotations.keys()):
        _check_parameter(f"function '{name}': parameter '{parameter}'", bindings[parameter], annotations[parameter])
    if RETURN in bindings and "return" in annotations:
        _check_return(f"function '{name}'", bindings[RETURN], annotations["return"])


def _check_parameter(where: str, binding: str, annotation: object) -> None:
    if not (isinstance(annotation, type) or _is_generic(annotation)):
        raise AppError(f"{where} has an annotation that is no class: {annotation}")
    if getattr(annotation, "__name__", "") == "Out":
        raise AppError(f"{where} is an Out, but the binding '{binding}' comes in")
    if annotation in (str, bytes):
        return
    if not _fits(where, _converter(binding).check_input_type_annotation, annotation):
        raise AppError(f"{where} has an annotation that does not fit the binding '{binding}': {annotation}")


def _check_return(where: str, binding: str, annotation: object) -> None:
    if not isinstance(annotation, type):
        raise AppError(f"{where} has a return annotation that is no class: {annotation}")
    if not _fits(where, _converter(binding).check_output_type_annotation, annotation):
        raise AppError(f"{where} has a return annotation that does not fit the binding '{binding}': {annotation}")


def _converter(binding: str) -> Any:  # noqa: ANN401  the registry has no types
    """What the SDK has to read and write a binding with."""
    return get_binding_registry().get(binding)  # type: ignore[no-untyped-call]


def _fits(where: str, check: Callable[[Any], bool], annotation: object) -> bool:
    try:
        return check(annotation)
    except TypeError as error:  # a generic type, of which issubclass knows nothing
        raise AppError(f"{where} has the annotation {annotation}: {_text(error)}") from error


def _is_generic(annotation: object) -> bool:
    """Whether it is one of typing's own generic types, such as List[int]; list[int] is not."""
    origin = typing.get_origin(annotation)
    return origin is not None and not isinstance(annotation, types.GenericAlias) and origin not in _NOT_GENERIC


def _text(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"
