"""What goes wrong with a call, in the form that callers get: a code to branch on, a message, a target."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Detail:
    """One fault of a request."""

    code: str
    message: str
    target: str | None = None

    def body(self) -> dict[str, Any]:
        """The fault as JSON."""
        return {"code": self.code, "message": self.message, "target": self.target}


@dataclass
class ApiError(Exception):
    """An answer that is an error: `{"error": {"code", "message", "target", "details"}}` with that status."""

    status: int
    code: str
    message: str
    target: str | None = None
    details: tuple[Detail, ...] = ()
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        """The error as JSON."""
        main = Detail(self.code, self.message, self.target).body()
        return {"error": main | {"details": [detail.body() for detail in self.details]}}


def not_found() -> ApiError:
    """There is no such export, or none that this caller may see: the same answer, so that ids can't be probed."""
    return ApiError(404, "ExportNotFound", "There is no export with this id that you may see.", "id")
