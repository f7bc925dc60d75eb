"""The diagram of states in docs/architecture.md shows what can happen, and nothing else."""

import ast
import inspect
from functools import cache
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

from shared.exports import transitions
from shared.exports.next_step import Step
from shared.exports.states_and_codes import AttemptStatus, Stage, Status
from tests.exports import reachable_states, state_diagram
from tests.exports.reachable_states import find_edges
from tests.exports.state_diagram import compare, parse, read_block, render

SHARED = Path(__file__).parent.parent.parent / "shared"
NOT_TRIED = {"accept", "change_clock", "lift_hold", "place_hold", "record_links", "record_package_links"}
"""The transition that every export begins with, and those that lead to no other state and open no other way."""
MODULES = {module.name for module in iter_modules(transitions.__path__)}
derive_diagram = cache(state_diagram.derive_diagram)


def test_the_diagram_shows_what_can_happen_and_nothing_else() -> None:
    assert compare(parse(read_block()), derive_diagram()) == []


def test_what_is_drawn_can_be_read_again() -> None:
    assert parse(render(derive_diagram())) == derive_diagram()


@pytest.mark.parametrize(
    ("drawn", "instead", "fault"),
    [
        ("Exporting --> Checking : poll", "", "missing: Exporting -- poll --> Checking"),
        ("Running --> Canceling : caller cancels", "", "missing: Exporting -- caller cancels --> Canceling"),
        ("Accepted --> Failed : resolve,", "Accepted --> Failed :", "missing: Accepted -- resolve --> Failed"),
        (
            "Checking --> Succeeded : check",
            "Checking --> Succeeded : check\n    Checking --> Preparing : check",
            "can't happen: Checking -- check --> Preparing",
        ),
        ("Failed --> Preparing", "Succeeded --> Preparing", "can't happen: Succeeded -- caller retries --> Preparing"),
        ("attempt Complete<br>↻ check", "attempt Complete", "missing: Checking"),
        ("as Recovering\n", "as Waiting\n", "can't happen: Waiting"),
    ],
)
def test_a_fault_in_the_diagram_is_noticed(drawn: str, instead: str, fault: str) -> None:
    text = render(derive_diagram())
    assert drawn in text
    faults = compare(parse(text.replace(drawn, instead)), derive_diagram())
    assert any(found.startswith(fault) for found in faults), faults


def test_every_status_stage_and_step_is_reached() -> None:
    edges = find_edges()
    states = {edge.before for edge in edges}
    assert {state.status for state in states} == set(Status)
    assert {state.stage for state in states} == set(Stage)
    assert {state.attempt for state in states} == {None, *AttemptStatus}
    assert {edge.label for edge in edges} >= set(Step) - {Step.WAIT, Step.END}


def test_every_transition_that_the_app_uses_is_tried() -> None:
    used = {
        name
        for folder in ("workflow", "use_cases")
        for path in (SHARED / folder).rglob("*.py")
        for name in used_in(path)
    }
    changing = used & functions_that_change()
    assert len(changing) > 15
    assert changing - NOT_TRIED <= used_in(Path(reachable_states.__file__))


def functions_that_change() -> set[str]:
    """The transitions: functions that return an export."""
    modules = [import_module(f"{transitions.__name__}.{name}") for name in MODULES]
    functions = [function for module in modules for _, function in inspect.getmembers(module, inspect.isfunction)]
    return {function.__name__ for function in functions if function.__annotations__.get("return") == "Export"}


def used_in(path: Path) -> set[str]:
    """What a module uses of the transitions, as `module.name` or imported by name."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    qualified = [(node.value, node.attr) for node in nodes if isinstance(node, ast.Attribute)]
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name for owner, name in qualified if isinstance(owner, ast.Name) and owner.id in MODULES} | {
        alias.name for node in imports if (node.module or "").startswith(transitions.__name__) for alias in node.names
    }
