"""Rules for faults: how they are written, and when their turn comes."""

from typing import Any

import pytest

from local.graph.fault_injection import Faults, Group, parse_fault

SUBJECT = "11f2c6a8-3b7d-4e52-9c04-8d1a6f0e5b23"


def rules(*given: dict[str, Any]) -> Faults:
    faults = Faults()
    for one in given:
        faults.add(parse_fault(one))
    return faults


def taken(faults: Faults, count: int, call: str = "submit", group: Group = Group.ANSWER) -> list[str | None]:
    found = [faults.take(group, call, {SUBJECT}) for _ in range(count)]
    return [fault.name if fault else None for fault in found]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ([], "JSON object"),
        ({"call": "submit", "fault": "gremlins"}, "fault must be one of throttle"),
        ({"fault": "throttle"}, "call of throttle must be one of operation, submit, user"),
        ({"call": "operation", "fault": "noLocation"}, "call of noLocation must be one of submit"),
        ({"call": "submit", "fault": "throttle", "times": 0}, "times must be"),
        ({"call": "submit", "fault": "throttle", "times": True}, "times must be"),
        ({"call": "submit", "fault": "throttle", "subject": 5}, "subject must be"),
        ({"call": "submit", "fault": "slow"}, "parameters of slow must be: seconds"),
        ({"call": "submit", "fault": "throttle", "seconds": 5}, "parameters of throttle must be: none"),
        ({"call": "submit", "fault": "slow", "seconds": "long"}, "seconds must be a number"),
        ({"call": "submit", "fault": "throttle", "retryAfter": 5}, "retryAfter must be text"),
        ({"call": "submit", "fault": "html", "retryAfter": "5"}, "parameters of html must be: none"),
        ({"call": "user", "fault": "redirect", "to": 5}, "to must be text"),
    ],
)
def test_an_invalid_rule_says_what_is_wrong(given: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        parse_fault(given)


def test_a_rule_without_times_holds_for_ever() -> None:
    assert taken(rules({"call": "submit", "fault": "throttle"}), 3) == ["throttle"] * 3


def test_rules_take_effect_in_order() -> None:
    faults = rules(
        {"call": "submit", "fault": "throttle", "times": 2}, {"call": "submit", "fault": "dropAfter", "times": 1}
    )

    assert taken(faults, 4) == ["throttle", "throttle", "dropAfter", None]


def test_a_rule_is_for_its_call_alone() -> None:
    faults = rules({"call": "operation", "fault": "html", "times": 1})

    assert taken(faults, 1, "submit") == [None]
    assert taken(faults, 1, "operation") == ["html"]


def test_a_rule_is_for_its_subject_alone_in_any_case() -> None:
    faults = rules(
        {"call": "submit", "fault": "html", "subject": "another"},
        {"call": "submit", "fault": "throttle", "subject": SUBJECT.upper()},
    )

    assert taken(faults, 1) == ["throttle"]


def test_rules_of_different_groups_go_together() -> None:
    faults = rules(
        {"call": "submit", "fault": "fails", "times": 1},
        {"call": "submit", "fault": "duration", "seconds": 1, "times": 1},
    )

    assert taken(faults, 2, group=Group.ENDING) == ["fails", None]
    assert taken(faults, 2, group=Group.DURATION) == ["duration", None]
