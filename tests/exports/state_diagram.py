"""The diagram of an export's states in docs/architecture.md: `python -m tests.exports.state_diagram` draws it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.exports.next_step import Step
from shared.exports.states_and_codes import AttemptStatus, Stage, Status
from tests.exports.reachable_states import State, find_edges

PAGE = Path(__file__).parent.parent.parent / "docs" / "architecture.md"
BLOCK = re.compile(r"(?<=<!-- states: begin -->\n).*?(?=<!-- states: end -->)", re.DOTALL)
TEXT = """
A box is a stage (after the end, a status), with the status of the export and of its current attempt. An arrow is
labelled with the step that `next_step` names (`shared/exports/next_step.py`), with what a caller does, or with `its
turn comes` where [the queue](#the-queue) gives an export a slot. ↻ lists what changes the export but not its state: a
call that failed and is tried again, a poll without news, a page of files, a callback, a piece of a package. A step that
fails in any other way is tried again too. `abandon` ends an export that is older than `EXPORT_ABANDON_DAYS`, whatever
it waits for. Any step can fail an export whose row would be larger than storage takes. The steps `wait` and `end`
change nothing. A hold and a change of the clock lead to no other state either: while a hold lasts, `erase` does not
happen, and a paused clock warns of nothing.

```mermaid
{diagram}
```

`python -m tests.exports.state_diagram` draws this from the code, by trying everything that can happen to an export.
`tests/exports/test_state_diagram.py` fails if an arrow is missing or shows what can't happen.

"""
START = ("[*]", "caller requests", Stage.ACCEPTED.value)
LABELS = (
    *(START[1], *Step, "its turn comes", "caller cancels", "caller retries"),
    *("caller asks for a package", "caller hands over", "caller erases"),
)
FRAME = Status.RUNNING.value
"""The box around those whose export has this status; arrows that all of them share are drawn from it."""
FRAME_LINE = f"status {FRAME}"

Arrow = tuple[str, str, str]
"""From which box, with what label, to which box."""


@dataclass(frozen=True, slots=True)
class Diagram:
    """The boxes by name, with the lines of text in each, and the arrows."""

    boxes: dict[str, tuple[str, ...]]
    arrows: frozenset[Arrow]


def derive_diagram() -> Diagram:
    """The diagram of what the code can do."""
    edges = find_edges()
    arrows = {(_box_of(edge.before), edge.label, _box_of(edge.after)) for edge in edges}
    states = sorted({state for edge in edges for state in (edge.before, edge.after)}, key=_position)
    boxes = {
        name: _describe([state for state in states if _box_of(state) == name], arrows) for name in map(_box_of, states)
    }
    return Diagram(boxes, frozenset({START, *(arrow for arrow in arrows if arrow[0] != arrow[2])}))


def render(diagram: Diagram) -> str:
    """The diagram in Mermaid."""
    framed = [name for name, lines in diagram.boxes.items() if FRAME_LINE in lines]
    common = {arrow[1:] for arrow in diagram.arrows if all((name, *arrow[1:]) in diagram.arrows for name in framed)}
    drawn = {arrow for arrow in diagram.arrows if arrow[0] not in framed or arrow[1:] not in common}
    inner = {arrow for arrow in drawn if arrow[0] in framed and arrow[2] in framed}
    outer = (drawn - inner) | {(FRAME, *rest) for rest in common}
    lines = [
        "stateDiagram-v2",
        *(f"    {_render_box(name, diagram)}" for name in diagram.boxes if name not in framed),
        f"    state {FRAME} {{",
        *(f"        {_render_box(name, diagram)}" for name in framed),
        *(f"        {line}" for line in _render_arrows(inner, diagram)),
        "    }",
        *(f"    {line}" for line in _render_arrows(outer, diagram)),
    ]
    return "\n".join(lines)


def parse(text: str) -> Diagram:
    """The diagram in a text in which `render` drew it."""
    boxes, framed = {}, []
    for indent, label, name in re.findall(r'^( +)state "(.+)" as (\w+)$', text, re.MULTILINE):
        title, *details = label.split("<br>")
        is_framed = len(indent) > len("    ")
        framed += [name] if is_framed else []
        boxes[name] = (title, *([FRAME_LINE] if is_framed else []), *details)
    arrows = set()
    for before, after, labels in re.findall(r"^ +(\S+) --> (\w+) : (.+)$", text, re.MULTILINE):
        for name in framed if before == FRAME else [before]:
            arrows |= {(name, label, after) for label in labels.split(", ")}
    return Diagram(boxes, frozenset(arrows))


def compare(drawn: Diagram, derived: Diagram) -> list[str]:
    """What is wrong with a drawn diagram."""
    return [
        *(f"missing: {before} -- {label} --> {after}" for before, label, after in derived.arrows - drawn.arrows),
        *(f"can't happen: {before} -- {label} --> {after}" for before, label, after in drawn.arrows - derived.arrows),
        *(f"missing: {name} {lines}" for name, lines in derived.boxes.items() - drawn.boxes.items()),
        *(f"can't happen: {name} {lines}" for name, lines in drawn.boxes.items() - derived.boxes.items()),
    ]


def read_block() -> str:
    """The block of the page in which the diagram is."""
    found = BLOCK.search(PAGE.read_text(encoding="utf-8"))
    if found is None:
        raise ValueError(f"{PAGE} has no block for the diagram of states.")
    return found[0]


def write_block() -> None:
    """Draws the diagram into the page."""
    block = TEXT.format(diagram=render(derive_diagram()))
    PAGE.write_text(BLOCK.sub(lambda _: block, PAGE.read_text(encoding="utf-8")), encoding="utf-8")


def _box_of(state: State) -> str:
    """The box that a state is in. The attempt makes boxes of their own where the next step depends on it."""
    if state.status.is_terminal:
        return state.status.value
    return f"Submitting_{state.attempt}" if state.stage is Stage.SUBMITTING else state.stage.value


def _position(state: State) -> tuple[int, int, int]:
    attempt = -1 if state.attempt is None else list(AttemptStatus).index(state.attempt)
    return list(Stage).index(state.stage), list(Status).index(state.status), attempt


def _describe(states: Sequence[State], arrows: Iterable[Arrow]) -> tuple[str, ...]:
    """The lines of a box: its stage (at the end its status), what its states have, and what leads back to it."""
    name = _box_of(states[0])
    statuses = list(dict.fromkeys(state.status.value for state in states))
    attempts = list(dict.fromkeys(state.attempt.value if state.attempt else "none" for state in states))
    again = sorted({label for before, label, after in arrows if before == after == name}, key=LABELS.index)
    return (
        f"<b>{name.partition('_')[0]}</b>",
        *([] if states[0].status.is_terminal else [f"status {_join(statuses)}"]),
        f"attempt {'any or none' if len(attempts) > len(AttemptStatus) else _join(attempts)}",
        *([f"↻ {', '.join(again)}"] if again else []),
    )


def _join(words: Sequence[str]) -> str:
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def _render_box(name: str, diagram: Diagram) -> str:
    lines = [line for line in diagram.boxes[name] if line != FRAME_LINE]
    return f'state "{"<br>".join(lines)}" as {name}'


def _render_arrows(arrows: Iterable[Arrow], diagram: Diagram) -> list[str]:
    """One line for all arrows between two boxes, in the order of the boxes."""
    order = [START[0], *diagram.boxes, FRAME]
    pairs = sorted(
        {(before, after) for before, _, after in arrows}, key=lambda pair: [order.index(name) for name in pair]
    )
    labels = {pair: [label for label in LABELS if (pair[0], label, pair[1]) in arrows] for pair in pairs}
    return [f"{before} --> {after} : {', '.join(labels[before, after])}" for before, after in pairs]


if __name__ == "__main__":
    write_block()
