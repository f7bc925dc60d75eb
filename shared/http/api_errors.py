"""The errors of the API: code, HTTP status, message, target; and the table of every code."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shared.exports.exceptions import SubjectBusyError
    from shared.http import response_schema


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


@dataclass(frozen=True, slots=True)
class ErrorDescription:
    """One error code; `target` is what it is about, as an example."""

    status: int
    meaning: str
    target: str | None = None

    def example(self, code: str) -> response_schema.Error:
        """An answer with this code."""
        message = f"{self.meaning[0].upper()}{self.meaning[1:]}.".replace("`", "")
        return {"error": {"code": code, "message": message, "target": self.target, "details": []}}


ERROR_DESCRIPTIONS = {
    "MissingBody": ErrorDescription(400, "there is no body", "body"),
    "InvalidJson": ErrorDescription(400, "the body is not JSON", "body"),
    "InvalidCsv": ErrorDescription(400, "the body is not CSV in UTF-8, or its header names other columns", "header"),
    "MissingField": ErrorDescription(400, "a required field is missing", "subject.id"),
    "UnknownField": ErrorDescription(400, "a field that the call does not have", "subjects"),
    "InvalidValue": ErrorDescription(400, "a value that can't be; the message says what it takes", "dueDateTime"),
    "BatchTooLarge": ErrorDescription(400, "more than 1,000 exports in a batch", "exports"),
    "NotInThisCloud": ErrorDescription(
        400, "Microsoft Graph has no such export in this national cloud", "subject.type"
    ),
    "CallbackNotAllowed": ErrorDescription(
        400, "callbacks may not go there, or this deployment sends none; the message says why", "callbackUrl"
    ),
    "Unauthorized": ErrorDescription(
        401, "no caller that can be believed (the platform itself answers 401 without a body to a bad token)"
    ),
    "Forbidden": ErrorDescription(403, "the caller lacks the app role that the message names"),
    "ExportNotFound": ErrorDescription(404, "there is no such export, or none that this caller may see", "id"),
    "BatchNotFound": ErrorDescription(404, "there is no such batch, or none that this caller may see", "id"),
    "SubscriptionNotFound": ErrorDescription(404, "there is one, but this caller may not delete it", "id"),
    "FileNotFound": ErrorDescription(400, "no such file arrived", "files[0]"),
    "ExportInProgress": ErrorDescription(
        409, "an export of the same person is open; its id is the `target`", "3938ca43-3d89-49a3-8801-44a063cb5e65"
    ),
    "TooManySubscriptions": ErrorDescription(409, "there are 100 already; delete those that nobody needs"),
    "DataErased": ErrorDescription(409, "the exported data was erased"),
    "ExportNotSucceeded": ErrorDescription(409, "only an export that succeeded has files to link to"),
    "ExportNotEnded": ErrorDescription(409, "data of an open export is not erased; cancel it first"),
    "ExportNotRetriable": ErrorDescription(409, "it succeeded, or the person was never found"),
    "BodyTooLarge": ErrorDescription(413, "more than 64 kB, for a batch 1 MB", "body"),
    "UnsupportedMediaType": ErrorDescription(
        415, "another content type than `application/json`, for a batch also `text/csv`", "Content-Type"
    ),
    "IdempotencyKeyReused": ErrorDescription(422, "the key was used with another body", "Idempotency-Key"),
    "Busy": ErrorDescription(503, "others change the export all the time; nothing was done, call again"),
    "StorageRefused": ErrorDescription(503, "the export account refuses the app; the message says what to do"),
    "StorageUnavailable": ErrorDescription(503, "the records can't be reached; call again after `Retry-After`"),
}
