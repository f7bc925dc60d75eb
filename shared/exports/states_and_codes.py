"""Statuses, stages and types of an export, and the codes of its events, warnings and errors.

What each means is in docs/outcomes.md and docs/operations.md; which can follow which, in docs/architecture.md.
"""

from __future__ import annotations

from enum import StrEnum


class EventType(StrEnum):
    """What an event of the audit trail reports."""

    ACCEPTED = "Accepted"
    SUBJECT_RESOLVED = "SubjectResolved"
    QUEUED = "Queued"
    ATTEMPT_STARTED = "AttemptStarted"
    SUBMITTING = "Submitting"
    SUBMITTED = "Submitted"
    ANSWER_LOST = "AnswerLost"
    OPERATION_ADOPTED = "OperationAdopted"
    ATTEMPT_LOST = "AttemptLost"
    BACKED_OFF = "BackedOff"
    DUE_SOON = "DueSoon"
    OVERDUE = "Overdue"
    DEADLINE_EXTENDED = "DeadlineExtended"
    CLOCK_PAUSED = "ClockPaused"
    CLOCK_RESUMED = "ClockResumed"
    WARNED = "Warned"
    GRANT_EXTENDED = "GrantExtended"
    GRANT_REVOKED = "GrantRevoked"
    OPERATION_COMPLETE = "OperationComplete"
    CANCEL_REQUESTED = "CancelRequested"
    RETRIED = "Retried"
    PACKAGE_REQUESTED = "PackageRequested"
    PACKAGE_MADE = "PackageMade"
    PACKAGE_FAILED = "PackageFailed"
    LINK_CREATED = "LinkCreated"
    HANDED_OVER = "HandedOver"
    HOLD_PLACED = "HoldPlaced"
    HOLD_LIFTED = "HoldLifted"
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
    """Something that a person should look at, although the export goes on or has succeeded."""

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
    """Why an export or an attempt failed, unless Graph or storage gave a code of its own."""

    ATTEMPT_LOST = "AttemptLost"
    ATTEMPTS_EXHAUSTED = "AttemptsExhausted"
    CANCELED = "Canceled"
    EXPORT_IN_PROGRESS = "ExportInProgress"
    OPERATION_FAILED = "OperationFailed"
    OPERATION_STALLED = "OperationStalled"
    RECORD_TOO_LARGE = "RecordTooLarge"


class StepFailureCode(StrEnum):
    """Why a step of an export failed, unless Graph or storage gave a code of its own; the code of a `BackedOff`."""

    STEP_INTERRUPTED = "StepInterrupted"
    """Its process died or hung before it could store anything."""
    STEP_TIMED_OUT = "StepTimedOut"
    """It took longer than a step may take."""
    UNEXPECTED_ERROR = "UnexpectedError"
    """It raised an error that nobody foresaw: a defect of the app."""


class SubjectType(StrEnum):
    """The kinds of subject whose data can be exported; each has its own Graph call."""

    USER = "user"
    INBOUND_SHARED_USER_PROFILE = "inboundSharedUserProfile"


class Status(StrEnum):
    """The status of an export, for callers to branch on."""

    NOT_STARTED = "NotStarted"
    RUNNING = "Running"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    CANCELED = "Canceled"

    @property
    def is_terminal(self) -> bool:
        """Whether the export has ended. Only a retry opens it again."""
        return self in {Status.SUCCEEDED, Status.FAILED, Status.CANCELED}


class BatchItemStatus(StrEnum):
    """The status of one export of a batch: that of the export, or why there is none."""

    NOT_STARTED = Status.NOT_STARTED.value
    RUNNING = Status.RUNNING.value
    SUCCEEDED = Status.SUCCEEDED.value
    FAILED = Status.FAILED.value
    CANCELED = Status.CANCELED.value
    REFUSED = "Refused"
    """There is no export and there will be none."""
    BUSY = "Busy"
    """There is no export yet: the batch is to be sent again."""
    UNREADABLE = "Unreadable"
    """There is an export, but its record is damaged."""


class HoldStatus(StrEnum):
    """What became of one of several exports whose holds were placed or lifted."""

    HELD = "Held"
    LIFTED = "Lifted"
    """It has no hold."""
    REFUSED = "Refused"
    """It is as it was."""
    BUSY = "Busy"
    """It is as it was; the call is to be sent again."""


class Stage(StrEnum):
    """What an export is doing or waiting for; finer than its status."""

    ACCEPTED = "Accepted"
    """It is recorded. A principal name is resolved, or its turn to be submitted is asked for."""
    QUEUED = "Queued"
    """It waits for its turn to be submitted, because the tenant's daily limit is in use."""
    PREPARING = "Preparing"
    """The next attempt's container and grant are created."""
    SUBMITTING = "Submitting"
    """The attempt is ready, or Graph is being called."""
    RECOVERING = "Recovering"
    """Graph's answer to the submission was lost; the container will say whether Microsoft began."""
    EXPORTING = "Exporting"
    """Microsoft is exporting; its operation is polled."""
    CHECKING = "Checking"
    """Microsoft has finished; the files are listed and hashed."""
    CANCELING = "Canceling"
    """A caller has canceled it; the cancellation is still to be carried out."""
    ENDED = "Ended"
    """It has succeeded, failed or been canceled."""


class GrantKind(StrEnum):
    """How Microsoft gets the right to write (docs/architecture.md, "The two grants")."""

    STORED_POLICY = "storedPolicy"
    USER_DELEGATION = "userDelegation"


class AttemptStatus(StrEnum):
    """The status of one attempt."""

    READY = "Ready"
    """Its container and grant exist; Graph was not called, or is known to have done nothing."""
    SUBMITTING = "Submitting"
    """Graph is being called, or was called and its answer was lost."""
    RUNNING = "Running"
    """Graph has an operation for it, which has not ended."""
    COMPLETE = "Complete"
    """Graph says that its operation is complete."""
    FAILED = "Failed"
    """Its export failed: Graph refused, the operation failed, or the export grew too old."""
    LOST = "Lost"
    """It will bring no data; another attempt takes its place."""
    CANCELED = "Canceled"
    """Its export was canceled; whatever Microsoft still writes is of no use."""

    @property
    def may_write(self) -> bool:
        """Whether Microsoft may still need the grant of the attempt."""
        return self in {AttemptStatus.READY, AttemptStatus.SUBMITTING, AttemptStatus.RUNNING}


class HandoverMethod(StrEnum):
    """How the person was given the answer."""

    LINK = "link"
    PORTAL = "portal"
    EMAIL = "email"
    POST = "post"
    IN_PERSON = "inPerson"
    OTHER = "other"


class PackageLanguage(StrEnum):
    """The languages in which a package can speak to the person."""

    ENGLISH = "en"
    GERMAN = "de"
    FRENCH = "fr"
    SPANISH = "es"


class PackageStatus(StrEnum):
    """The status of a package, for callers to branch on."""

    BUILDING = "Building"
    """It is being made."""
    READY = "Ready"
    """It can be downloaded."""
    FAILED = "Failed"
    """It could not be made; it can be requested again."""


class PackageErrorCode(StrEnum):
    """Why a package could not be made, unless storage or a failed step gave a code of its own."""

    DATA_ERASED = "DataErased"
    """The exported data was erased before it was made."""
    FILE_CHANGED = "FileChanged"
    """A file is not as it was when it was checked."""
    MANIFEST_INCOMPLETE = "ManifestIncomplete"
    """The manifest has lost lines, so nobody knows all files."""


class DeliveryEvent(StrEnum):
    """What a callback reports."""

    ENDED = "ended"
    """The export has ended."""
    HANDED_OVER = "handedOver"
    """The person was answered."""


class DeliveryState(StrEnum):
    """The state of a callback to one receiver."""

    PENDING = "Pending"
    """It is still to be sent, or to be tried again."""
    DELIVERED = "Delivered"
    """The receiver accepted it."""
    GONE = "Gone"
    """The receiver wants no callbacks, or no longer exists."""
    GIVEN_UP = "GivenUp"
    """It failed for a day and is not tried again."""
