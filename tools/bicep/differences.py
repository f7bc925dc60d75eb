"""A snapshot, written as what it changes in another one, so that a reader sees what a variant is."""

from __future__ import annotations

from typing import Any

Content = dict[str, Any]
_RESOURCES = "predictedResources"


def shortened(base: str, before: Content, after: Content) -> Content:
    """What changes between two snapshots; the second one itself where a resource has no id, as those of Graph."""
    if not all("id" in resource for each in (before, after) for resource in each[_RESOURCES]):
        return after
    old, new = _by_id(before), _by_id(after)
    return {
        "base": base,
        "removed": sorted(id_ for id_ in old if id_ not in new),
        _RESOURCES: [resource for id_, resource in new.items() if old.get(id_) != resource],
        "outputs": {name: value for name, value in after["outputs"].items() if before["outputs"].get(name) != value},
    }


def whole(before: Content, changes: Content) -> Content:
    """The snapshot that `shortened` has shortened; its new resources come last."""
    made = _by_id(before)
    for id_ in changes["removed"]:
        del made[id_]
    made.update(_by_id(changes))
    return {_RESOURCES: list(made.values()), "outputs": {**before["outputs"], **changes["outputs"]}}


def _by_id(snapshot: Content) -> dict[str, Content]:
    found = {resource["id"]: resource for resource in snapshot[_RESOURCES]}
    if len(found) != len(snapshot[_RESOURCES]):
        raise ValueError("Two resources have one id.")
    return found
