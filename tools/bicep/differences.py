"""A snapshot as what it changes in another one, so that a review sees what a variant is."""

from __future__ import annotations

from typing import Any

Content = dict[str, Any]
RESOURCES = "predictedResources"


def shortened(base: str, before: Content, after: Content) -> Content | None:
    """What `after` changes in `before`, a snapshot called `base`: resources by id, whole, and outputs.

    None where that isn't possible, because resources of Microsoft Graph have no id, or not shorter, because all names
    change.
    """
    if not all("id" in resource for each in (before, after) for resource in each[RESOURCES]):
        return None
    old, new = _by_id(before), _by_id(after)
    if not old.keys() & new.keys():
        return None
    return {
        "base": base,
        "removed": [id_ for id_ in old if id_ not in new],
        RESOURCES: [resource for id_, resource in new.items() if old.get(id_) != resource],
        "outputs": {name: value for name, value in after["outputs"].items() if before["outputs"].get(name) != value},
    }


def whole(before: Content, changes: Content) -> Content:
    """The snapshot that was shortened, with its new resources at the end."""
    made = _by_id(before)
    for id_ in changes["removed"]:
        del made[id_]
    made |= _by_id(changes)
    return {RESOURCES: list(made.values()), "outputs": before["outputs"] | changes["outputs"]}


def _by_id(snapshot: Content) -> dict[str, Content]:
    found = {resource["id"]: resource for resource in snapshot[RESOURCES]}
    if len(found) != len(snapshot[RESOURCES]):
        ids = [resource["id"] for resource in snapshot[RESOURCES]]
        raise ValueError(f"Two resources have one id: {sorted({id_ for id_ in ids if ids.count(id_) > 1})}")
    return found
