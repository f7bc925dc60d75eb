"""Every error code of the API: the status that it comes with, and what it means (docs/api.md, "Errors")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shared.http import answers


@dataclass(frozen=True, slots=True)
class FaultCode:
    """One error code; `target` is what it is about, as an example."""

    status: int
    meaning: str
    target: str | None = None

    def example(self, code: str) -> answers.Error:
        """An answer with this code."""
        message = f"{self.meaning[0].upper()}{self.meaning[1:]}.".replace("`", "")
        return {"error": {"code": code, "message": message, "target": self.target, "details": []}}


FAULTS = {
    "MissingBody": FaultCode(400, "there is no body", "body"),
    "InvalidJson": FaultCode(400, "the body is not JSON", "body"),
    "InvalidCsv": FaultCode(400, "the body is not CSV in UTF-8, or its header names other columns", "header"),
    "MissingField": FaultCode(400, "a required field is missing", "subject.id"),
    "UnknownField": FaultCode(400, "a field that the call does not have", "subjects"),
    "InvalidValue": FaultCode(400, "a value that can't be; the message says what it takes", "dueDateTime"),
    "BatchTooLarge": FaultCode(400, "more than 1,000 exports in a batch", "exports"),
    "NotInThisCloud": FaultCode(400, "Microsoft Graph has no such export in this national cloud", "subject.type"),
    "CallbackNotAllowed": FaultCode(
        400, "callbacks may not go there, or this deployment sends none; the message says why", "callbackUrl"
    ),
    "Unauthorized": FaultCode(
        401, "no caller that can be believed (the platform itself answers 401 without a body to a bad token)"
    ),
    "Forbidden": FaultCode(403, "the caller lacks the app role that the message names"),
    "ExportNotFound": FaultCode(404, "there is no such export, or none that this caller may see", "id"),
    "BatchNotFound": FaultCode(404, "there is no such batch, or none that this caller may see", "id"),
    "SubscriptionNotFound": FaultCode(404, "there is one, but this caller may not delete it", "id"),
    "FileNotFound": FaultCode(400, "no such file arrived", "files[0]"),
    "ExportInProgress": FaultCode(
        409, "an export of the same person is open; its id is the `target`", "3938ca43-3d89-49a3-8801-44a063cb5e65"
    ),
    "TooManySubscriptions": FaultCode(409, "there are 100 already; delete those that nobody needs"),
    "DataErased": FaultCode(409, "the exported data was erased"),
    "ExportNotSucceeded": FaultCode(409, "only an export that succeeded has files to link to"),
    "ExportNotEnded": FaultCode(409, "data of an open export is not erased; cancel it first"),
    "ExportNotRetriable": FaultCode(409, "it succeeded, or the person was never found"),
    "BodyTooLarge": FaultCode(413, "more than 64 kB, for a batch 1 MB", "body"),
    "UnsupportedMediaType": FaultCode(
        415, "another content type than `application/json`, for a batch also `text/csv`", "Content-Type"
    ),
    "IdempotencyKeyReused": FaultCode(422, "the key was used with another body", "Idempotency-Key"),
    "Busy": FaultCode(503, "others change the export all the time; nothing was done, call again"),
    "StorageRefused": FaultCode(503, "the export account refuses the app; the message says what to do"),
    "StorageUnavailable": FaultCode(503, "the records can't be reached; call again after `Retry-After`"),
}
HEADERS_OF_STATUS = {401: ("WWW-Authenticate",), 503: ("Retry-After",)}
"""What errors of a status have beside the headers of every answer."""
BY_PLATFORM_TOO = frozenset({401})
"""What App Service authentication answers by itself too, before the app is reached."""
