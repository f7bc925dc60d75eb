"""Statuses, stages and types, and the codes of events, warnings and errors (docs/outcomes.md)."""

from __future__ import annotations

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


class SubjectType(StrEnum):
    """Whose data can be exported; each type has a Graph call of its own."""

    USER = "user"
    INBOUND_SHARED_USER_PROFILE = "inboundSharedUserProfile"


class Status(StrEnum):
    """Where an export stands, in the words that callers branch on."""

    NOT_STARTED = "NotStarted"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    CANCELED = "Canceled"

    @property
    def is_terminal(self) -> bool:
        """Whether nothing changes any more."""
        return self in {Status.SUCCEEDED, Status.FAILED, Status.CANCELED}


class Stage(StrEnum):
    """What an export is busy with or waits for; finer than its status."""

    ACCEPTED = "Accepted"
    PREPARING = "Preparing"
    SUBMITTING = "Submitting"
    RECOVERING = "Recovering"
    EXPORTING = "Exporting"
    CHECKING = "Checking"
    CANCELING = "Canceling"
    ENDED = "Ended"


class GrantKind(StrEnum):
    """How Microsoft gets the right to write (see docs/architecture.md, "The two grants")."""

    STORED_POLICY = "storedPolicy"
    USER_DELEGATION = "userDelegation"


class AttemptStatus(StrEnum):
    """The life of one submission."""

    READY = "Ready"
    """The container and its grant exist; Graph was not called, or said that it did nothing."""
    SUBMITTING = "Submitting"
    """Graph is being called, or was called and its answer is lost."""
    RUNNING = "Running"
    """Graph has an operation for it."""
    COMPLETE = "Complete"
    """Graph says that the operation is complete."""
    FAILED = "Failed"
    """Graph refused the submission or says that the operation failed."""
    LOST = "Lost"
    """It can't bring data any more; another attempt takes its place."""
    CANCELED = "Canceled"
    """The export was canceled; whatever Microsoft still does has no use."""

    @property
    def may_write(self) -> bool:
        """Whether Microsoft may still need the grant of such an attempt."""
        return self in {AttemptStatus.READY, AttemptStatus.SUBMITTING, AttemptStatus.RUNNING}


class DeliveryState(StrEnum):
    """How far the news of an export's end has got to one receiver."""

    PENDING = "Pending"
    DELIVERED = "Delivered"
    GONE = "Gone"
    """The receiver wants no more, or is not there any more."""
    GIVEN_UP = "GivenUp"
    """It was tried for as long as it is tried."""
