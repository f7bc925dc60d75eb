"""Faults that tests inject: which exist, which calls they apply to, and in which order the rules take effect."""

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

SUBMIT, OPERATION, USER = "submit", "operation", "user"
_ALL = frozenset({SUBMIT, OPERATION, USER})


class Group(Enum):
    """What a fault changes. In each call the oldest matching rule of each group takes effect."""

    ANSWER = auto()
    DELAY = auto()
    ENDING = auto()
    DURATION = auto()
    STATUS = auto()
    PROGRESS = auto()


@dataclass(frozen=True)
class _Kind:
    group: Group
    calls: frozenset[str]
    parameters: dict[str, type] = field(default_factory=dict)
    optional: dict[str, type] = field(default_factory=dict)


_SUBMIT_ONLY = frozenset({SUBMIT})
_OPERATION_ONLY = frozenset({OPERATION})
_RETRY_AFTER: dict[str, type] = {"retryAfter": str}
"""The value of that header: seconds or a date, of which Graph documents neither for these answers."""
_KINDS = {
    "throttle": _Kind(Group.ANSWER, _ALL, optional=_RETRY_AFTER),
    "unavailable": _Kind(Group.ANSWER, _ALL, optional=_RETRY_AFTER),
    "refuse": _Kind(Group.ANSWER, _ALL, {"status": int, "code": str, "message": str}),
    "redirect": _Kind(Group.ANSWER, _ALL, {"to": str}),
    "html": _Kind(Group.ANSWER, _ALL),
    "dropBefore": _Kind(Group.ANSWER, _ALL),
    "dropAfter": _Kind(Group.ANSWER, _ALL),
    "headersInBody": _Kind(Group.ANSWER, _SUBMIT_ONLY),
    "oddCase": _Kind(Group.ANSWER, _SUBMIT_ONLY),
    "noLocation": _Kind(Group.ANSWER, _SUBMIT_ONLY),
    "unknown": _Kind(Group.ANSWER, _OPERATION_ONLY),
    "slow": _Kind(Group.DELAY, _ALL, {"seconds": float}),
    "fails": _Kind(Group.ENDING, _SUBMIT_ONLY),
    "never": _Kind(Group.ENDING, _SUBMIT_ONLY),
    "empty": _Kind(Group.ENDING, _SUBMIT_ONLY),
    "duration": _Kind(Group.DURATION, _SUBMIT_ONLY, {"seconds": float}),
    "status": _Kind(Group.STATUS, _OPERATION_ONLY, {"status": str}),
    "progressText": _Kind(Group.PROGRESS, _OPERATION_ONLY),
}


@dataclass
class Fault:
    """A rule: the fault `name` happens to `call`, for one subject or for all, `times` more times or always."""

    name: str
    call: str
    group: Group
    subject: str | None
    times: int | None
    parameters: dict[str, Any]


class Faults:
    """The rules in force, oldest first."""

    def __init__(self) -> None:
        self._rules: list[Fault] = []

    def add(self, rule: Fault) -> None:
        """Add a rule after the others."""
        self._rules.append(rule)

    def pending(self) -> Sequence[Fault]:
        """The rules that are still to take effect, oldest first."""
        return tuple(self._rules)

    def take(self, group: Group, call: str, subjects: AbstractSet[str]) -> Fault | None:
        """Find the fault of a group that happens to a call now, and count it.

        Args:
            group: What the fault changes.
            call: `submit`, `operation` or `user`.
            subjects: The ids, in lower case, that the call is about.
        """
        for rule in self._rules:
            if rule.group is group and rule.call == call and (rule.subject is None or rule.subject in subjects):
                self._use(rule)
                return rule
        return None

    def _use(self, rule: Fault) -> None:
        if rule.times is None:
            return
        rule.times -= 1
        if rule.times == 0:
            self._rules.remove(rule)


def parse_fault(given: object) -> Fault:
    """Read a rule from a test's JSON.

    Raises:
        ValueError: It is not a rule; the message says what is wrong.
    """
    if not isinstance(given, dict):
        raise ValueError("a fault must be a JSON object")  # noqa: TRY004 - one exception for everything that is wrong
    rest = dict(given)
    name, call = rest.pop("fault", None), rest.pop("call", None)
    subject, times = rest.pop("subject", None), rest.pop("times", None)
    if name not in _KINDS:
        raise ValueError(f"fault must be one of {', '.join(_KINDS)}")
    kind = _KINDS[name]
    if call not in kind.calls:
        raise ValueError(f"call of {name} must be one of {', '.join(sorted(kind.calls))}")
    if subject is not None and not isinstance(subject, str):
        raise ValueError("subject must be text")
    if times is not None and not (_is(times, int) and times > 0):
        raise ValueError("times must be a whole number above 0")
    _check_parameters(name, kind, rest)
    return Fault(name, call, kind.group, subject.lower() if subject else None, times, rest)


def _check_parameters(name: str, kind: _Kind, given: dict[str, Any]) -> None:
    if not kind.parameters.keys() <= given.keys() <= kind.parameters.keys() | kind.optional.keys():
        raise ValueError(f"parameters of {name} must be: {', '.join(kind.parameters) or 'none'}")
    for parameter, wanted in (kind.parameters | kind.optional).items():
        if parameter in given and not _is(given[parameter], wanted):
            raise ValueError(f"{parameter} must be {'text' if wanted is str else 'a number'}")


def _is(value: object, wanted: type) -> bool:
    # In JSON a float may be written as a whole number, and in Python True is an int.
    return isinstance(value, (int, float) if wanted is float else wanted) and not isinstance(value, bool)
