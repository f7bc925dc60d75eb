"""The errors of the API: every code with its status and meaning, and the exception that a handler raises."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from shared.exports.exceptions import Refusal

if TYPE_CHECKING:
    from shared.http import error_schema


class ApiErrorCode(StrEnum):
    """Every error code, with its HTTP status, its meaning, and what an example of it is about.

    The table in docs/api.md and the errors in the OpenAPI document are made from this one, in this order.
    """

    status: int
    meaning: str
    example_target: str | None

    MISSING_BODY = "MissingBody", 400, "the request has no body, or was sent in chunks", "body"
    INVALID_JSON = "InvalidJson", 400, "the body is not JSON in UTF-8", "body"
    INVALID_CSV = "InvalidCsv", 400, "the body is not CSV in UTF-8, or its first row names other columns", "header"
    MISSING_FIELD = "MissingField", 400, "a required field is missing", "subject.id"
    UNKNOWN_FIELD = "UnknownField", 400, "the call has no such field or parameter", "subjects"
    INVALID_VALUE = "InvalidValue", 400, "a value is not accepted; the message says what is", "dueDateTime"
    BATCH_TOO_LARGE = (
        "BatchTooLarge",
        400,
        "the batch has more than 1,000 exports, or its CSV more than 10,000 rows, empty ones included",
        "exports",
    )
    NOT_IN_THIS_CLOUD = (
        "NotInThisCloud",
        400,
        "Microsoft Graph can't export this type of subject in this national cloud",
        "subject.type",
    )
    CALLBACK_NOT_ALLOWED = (
        "CallbackNotAllowed",
        400,
        "callbacks may not go to this URL, or this deployment sends none; the message says why",
        "callbackUrl",
    )
    FILE_NOT_FOUND = "FileNotFound", 400, "the manifest has no such file", "files[0]"
    UNAUTHORIZED = (
        "Unauthorized",
        401,
        "the caller is not authenticated (for a bad token, the platform itself responds with 401 and no body)",
    )
    FORBIDDEN = "Forbidden", 403, "the caller lacks the app role that the message names"
    EXPORT_NOT_FOUND = "ExportNotFound", 404, "there is no such export, or this caller may not see it", "id"
    COMMAND_NOT_FOUND = "CommandNotFound", 404, "there is no such command", "command"
    PACKAGE_NOT_FOUND = (
        "PackageNotFound",
        404,
        "nobody has requested a package in this language, or it was erased with the data",
        "language",
    )
    BATCH_NOT_FOUND = "BatchNotFound", 404, "there is no such batch, or this caller may not see it", "id"
    SUBSCRIPTION_NOT_FOUND = (
        "SubscriptionNotFound",
        404,
        "the subscription is another caller's, so this caller may not delete it",
        "id",
    )
    EXPORT_IN_PROGRESS = (
        "ExportInProgress",
        409,
        "the person has another open export; its id is the `target`",
        "3938ca43-3d89-49a3-8801-44a063cb5e65",
    )
    TOO_MANY_SUBSCRIPTIONS = (
        "TooManySubscriptions",
        409,
        "you have 20 subscriptions already, or there are 100 in all; delete one that nobody needs",
    )
    DEADLINE_NOT_LATER = "DeadlineNotLater", 409, "a deadline can only be extended: send a later one"
    CLOCK_PAUSED = "ClockPaused", 409, "the clock is paused; resume it, and its deadline can be extended"
    CLOCK_STOPPED = (
        "ClockStopped",
        409,
        "the clock has stopped: the export has ended (and no hand-over is awaited), or the person was answered",
    )
    DEADLINE_PASSED = "DeadlinePassed", 409, "the deadline has passed, so there is no time left to pause"
    DATA_ERASED = "DataErased", 409, "the exported data has been erased"
    ERASURE_BEGUN = "ErasureBegun", 409, "the exported data is being erased"
    ON_HOLD = "OnHold", 409, "a hold keeps the exported data; lift it, then erase the data"
    PACKAGE_NOT_READY = "PackageNotReady", 409, "the package is not made, so there is nothing to link to"
    EXPORT_NOT_SUCCEEDED = "ExportNotSucceeded", 409, "only an export that succeeded has files to download"
    EXPORT_NOT_ENDED = (
        "ExportNotEnded",
        409,
        "the export is open, so its data can't be erased and it can't be handed over; cancel it or wait",
    )
    ALREADY_HANDED_OVER = (
        "AlreadyHandedOver",
        409,
        "the person was answered already, at another time or by another method; or the call is a retry",
    )
    EXPORT_NOT_RETRIABLE = "ExportNotRetriable", 409, "the export succeeded, or its person was never found"
    TOO_MANY_RETRIES = "TooManyRetries", 409, "the export was retried, or attempted, 100 times"
    BODY_TOO_LARGE = "BodyTooLarge", 413, "the body is larger than 64 kB (for a batch, 1 MB)", "body"
    UNSUPPORTED_MEDIA_TYPE = (
        "UnsupportedMediaType",
        415,
        "the content type is not `application/json` (for a batch, `text/csv` is accepted too), or it is compressed",
        "Content-Type",
    )
    IDEMPOTENCY_KEY_REUSED = (
        "IdempotencyKeyReused",
        422,
        "the idempotency key was used with another body",
        "Idempotency-Key",
    )
    RECORD_UNREADABLE = (
        "RecordUnreadable",
        500,
        "a stored row is damaged, or of a newer version of this service; the `target` is its export",
        "3938ca43-3d89-49a3-8801-44a063cb5e65",
    )
    BUSY = "Busy", 503, "other calls concern the same export or person; nothing was done, so call again"
    STORAGE_REFUSED = "StorageRefused", 503, "the export account refuses the app; the message says what to do"
    STORAGE_UNAVAILABLE = "StorageUnavailable", 503, "the records can't be reached; call again after `Retry-After`"

    def __new__(cls, code: str, status: int, meaning: str, example_target: str | None = None) -> Self:
        """The member for a line of the table."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.status, member.meaning, member.example_target = status, meaning, example_target
        return member

    @classmethod
    def named(cls, code: str) -> ApiErrorCode:
        """The member with this code; LookupError if there is none."""
        for member in cls:
            if member == code:
                return member
        raise LookupError(code)

    def example(self) -> error_schema.ErrorResponse:
        """A response with this code."""
        message = f"{self.meaning[0].upper()}{self.meaning[1:]}.".replace("`", "")
        return {"error": {"code": self.value, "message": message, "target": self.example_target, "details": []}}


@dataclass
class ApiError(Exception):
    """A response that is an error."""

    code: ApiErrorCode
    message: str
    target: str | None = None
    details: tuple[Refusal, ...] = ()
    """Everything that is wrong with a body, where it was read to its end."""
    headers: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, refusal: Refusal) -> ApiError:
        """The response that tells of a refusal."""
        return cls(ApiErrorCode.named(refusal.code), refusal.message, refusal.target)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return self.code.status

    def refusal(self) -> Refusal:
        """The same without HTTP, as an item of a batch has it."""
        return Refusal(self.code, self.message, self.target)

    def body(self) -> error_schema.ErrorResponse:
        """The body: `{"error": {"code", "message", "target", "details"}}`."""
        details: list[error_schema.Fault] = [
            {"code": each.code, "message": each.message, "target": each.target} for each in self.details
        ]
        return {"error": {"code": self.code, "message": self.message, "target": self.target, "details": details}}


def export_not_found() -> ApiError:
    """The same error for an export that does not exist and one that the caller may not see: ids can't be probed."""
    return ApiError(ApiErrorCode.EXPORT_NOT_FOUND, "There is no export with this id that you may see.", "id")


def package_not_found(target: str) -> ApiError:
    """The error for a package that nobody has requested, or that was erased; `target` named its language."""
    message = "There is no package in this language. Request it with POST /exports/{id}/package."
    return ApiError(ApiErrorCode.PACKAGE_NOT_FOUND, message, target)
