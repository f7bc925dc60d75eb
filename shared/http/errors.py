"""What goes wrong with a call, in the form that callers get: a code to branch on, a message, a target."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shared.storage.records import SubjectBusyError


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


def subject_busy(error: SubjectBusyError) -> ApiError:
    """Another export of the person is open; its id is the target."""
    message = f"The export {error.export_id} of the same person is open. Follow it, or send allowDuplicate."
    return ApiError(409, "ExportInProgress", message, error.export_id)


def not_found() -> ApiError:
    """There is no such export, or none that this caller may see: the same answer, so that ids can't be probed."""
    return ApiError(404, "ExportNotFound", "There is no export with this id that you may see.", "id")
