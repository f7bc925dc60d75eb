"""The content coding that suits a client best (RFC 9110, section 12.5.3)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

IDENTITY = "identity"
_ANY = "*"
_WEIGHT = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")
_UNWEIGHTED = 1.0
_UNNAMED_IDENTITY = 0.0001
"""Below every weight that a client can name, three decimals at most: accepted, but only if nothing else is."""


def best_encoding(accept_encoding: str | None, available: Iterable[str]) -> str:
    """The coding with the greatest weight; of two with the same weight the one that comes first in `available`.

    Args:
        accept_encoding: the header; None if the request has none.
        available: the codings that there are besides `identity`, the smallest first.

    Returns:
        One of `available`, or `identity`, also where the client refuses it and takes nothing else that there is: the
        RFC lets a server disregard the header then.
    """
    weights = _weights(accept_encoding or "")
    unnamed = weights.get(_ANY, 0.0)
    candidates = {coding: weights.get(coding, unnamed) for coding in available}
    candidates[IDENTITY] = weights.get(IDENTITY, unnamed if _ANY in weights else _UNNAMED_IDENTITY)
    best = max(candidates, key=lambda coding: candidates[coding])
    return best if candidates[best] else IDENTITY


def _weights(accept_encoding: str) -> dict[str, float]:
    found = {}
    for item in accept_encoding.split(","):
        coding, *parameters = (part.strip().lower() for part in item.split(";"))
        if coding:
            found[coding] = _weight(parameters)
    return found


def _weight(parameters: list[str]) -> float:
    """The weight of a coding; 0, as if it were refused, where it can't be read."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            return float(value) if _WEIGHT.fullmatch(value.strip()) else 0.0
    return _UNWEIGHTED
