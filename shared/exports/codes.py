"""The codes of an export's trail, warnings and errors, for people and machines to branch on (docs/outcomes.md)."""

from enum import StrEnum


class EventType(StrEnum):
    """What a line of the trail says."""

    ACCEPTED = "Accepted"
    SUBJECT_RESOLVED = "SubjectResolved"
    ATTEMPT_STARTED = "AttemptStarted"
    SUBMITTING = "Submitting"
    SUBMITTED = "Submitted"
    ANSWER_LOST = "AnswerLost"
    OPERATION_ADOPTED = "OperationAdopted"
    ATTEMPT_LOST = "AttemptLost"
    BACKED_OFF = "BackedOff"
    DUE_SOON = "DueSoon"
    OVERDUE = "Overdue"
    WARNED = "Warned"
    GRANT_EXTENDED = "GrantExtended"
    GRANT_REVOKED = "GrantRevoked"
    OPERATION_COMPLETE = "OperationComplete"
    CANCEL_REQUESTED = "CancelRequested"
    RETRIED = "Retried"
    LINK_CREATED = "LinkCreated"
    ERASE_REQUESTED = "EraseRequested"
    ERASED = "Erased"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    CANCELED = "Canceled"
    CALLBACK_DELIVERED = "CallbackDelivered"
    CALLBACK_FAILED = "CallbackFailed"
    CALLBACK_GONE = "CallbackGone"
    CALLBACK_GIVEN_UP = "CallbackGivenUp"


class WarningCode(StrEnum):
    """What a person should look at, though the export goes on or succeeded."""

    CALLBACK_GIVEN_UP = "CallbackGivenUp"
    COMPLETED_AT_LIMIT = "CompletedAtLimit"
    DUE_SOON = "DueSoon"
    FILES_NOT_HASHED = "FilesNotHashed"
    GRANT_ENDS_SOON = "GrantEndsSoon"
    GRANT_NOT_EXTENDED = "GrantNotExtended"
    GRANT_NOT_REVOCABLE = "GrantNotRevocable"
    GRANT_NOT_REVOKED = "GrantNotRevoked"
    NO_DATA = "NoData"
    OPERATION_UNREADABLE = "OperationUnreadable"
    OVERDUE = "Overdue"
    PERMISSION_PENDING = "PermissionPending"
    STORAGE_REFUSED = "StorageRefused"


class ErrorCode(StrEnum):
    """Why an export or an attempt ended badly, where it was not Graph or storage that said so in a code of its own."""

    ATTEMPT_LOST = "AttemptLost"
    ATTEMPTS_EXHAUSTED = "AttemptsExhausted"
    CANCELED = "Canceled"
    EXPORT_IN_PROGRESS = "ExportInProgress"
    OPERATION_FAILED = "OperationFailed"
    OPERATION_STALLED = "OperationStalled"
