"""Examples of request and response bodies. The tests compare them with the schemas."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shared.exports.preflight_check import Verdict
from shared.exports.states_and_codes import (
    AttemptStatus,
    BatchItemStatus,
    EventType,
    GrantKind,
    HandoverMethod,
    HoldStatus,
    PackageErrorCode,
    PackageLanguage,
    PackageStatus,
    Stage,
    Status,
    SubjectType,
)
from shared.use_cases.refusals import BUSY_ITEM

if TYPE_CHECKING:
    from shared.http import batch_schema, callback_schema, error_schema, export_schema, file_schema, service_schema

_ID = "3938ca43-3d89-49a3-8801-44a063cb5e65"
_OTHER_ID = "8d4a3c52-6c38-4b0e-9a4f-5f0a5f0c7a11"
_CALLER = "5f9d8f3e-2c1b-4a0e-8d7c-6b5a4f3e2d1c"
_PERSON = "11f2c6a8-3b7d-4e52-9c04-8d1a6f0e5b23"
_FILE = "OneDrive/ActivityReports/Files.json"
_SHA256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
_TRAIL_SHA256 = "3c9683017f9e4bf33d0fbedd26bf143fd72de9b9dd145441b75f0604047ea28e"
_CONTAINER = f"https://account.blob.core.windows.net/export-{_ID}-1"
_REQUEST: dict[str, Any] = {
    "subject": {"type": "user", "id": _PERSON},
    "reference": "DSR-2026-0042",
    "receivedDateTime": "2026-11-01T09:00:00Z",
    "dueDateTime": "2026-12-01T09:00:00Z",
}
_SHORTEST_REQUEST: dict[str, Any] = {"subject": {"type": "user", "id": "ana@contoso.example"}}
_LINKS_REQUEST: dict[str, Any] = {"files": [_FILE]}
_EXTEND_DEADLINE: dict[str, Any] = {
    "action": "extend",
    "dueDateTime": "2027-02-01T09:00:00Z",
    "reason": "Complex request; told on 20 November",
}
_PAUSE_CLOCK: dict[str, Any] = {"action": "pause", "reason": "Asked which mailbox is meant"}
_RESUME_CLOCK: dict[str, Any] = {"action": "resume"}
_PACKAGE_LINKS_REQUEST: dict[str, Any] = {"package": "de", "expiresInMinutes": 1440}
_PACKAGE_REQUEST: dict[str, Any] = {"language": "de"}
_HANDOVER_REQUEST: dict[str, Any] = {"handedOverDateTime": "2026-11-09T15:30:00Z", "method": "portal"}
_BATCH_REQUEST: dict[str, Any] = {"exports": [_REQUEST, _SHORTEST_REQUEST]}
_BATCH_CSV = f"type,id,reference\nuser,{_PERSON},DSR-2026-0042\nuser,ana@contoso.example,\n"
_RUNNING: export_schema.Export = {
    "id": _ID,
    "status": Status.RUNNING,
    "stage": Stage.EXPORTING,
    "subject": {"type": SubjectType.USER, "id": _PERSON},
    "reference": "DSR-2026-0042",
    "requestedBy": _CALLER,
    "receivedDateTime": "2026-11-01T09:00:00Z",
    "dueDateTime": "2026-12-01T09:00:00Z",
    "pausedDateTime": None,
    "createdDateTime": "2026-11-01T09:30:00Z",
    "lastUpdatedDateTime": "2026-11-01T10:00:00Z",
    "completedDateTime": None,
    "awaitsHandover": False,
    "handedOverDateTime": None,
    "handoverMethod": None,
    "progress": 0.4,
    "nextPollDateTime": "2026-11-01T10:02:00Z",
    "waitReason": None,
    "expectedSubmissionDateTime": None,
    "storage": {"container": _CONTAINER},
    "grant": {
        "kind": GrantKind.STORED_POLICY,
        "expiresDateTime": "2026-11-08T09:30:00Z",
        "revokedDateTime": None,
    },
    "attempts": [
        {
            "number": 1,
            "operationId": "d007e3da-cd9b-4b02-8d66-422403c53e3f",
            "submittedDateTime": "2026-11-01T09:30:31Z",
            "status": AttemptStatus.RUNNING,
            "error": None,
        }
    ],
    "files": None,
    "erasureDueDateTime": None,
    "erasedDateTime": None,
    "hold": None,
    "packages": [],
    "trail": {"eventCount": 5, "sha256": _TRAIL_SHA256},
    "warnings": [],
    "error": None,
}
_ACCEPTED: export_schema.Export = {
    **_RUNNING,
    "status": Status.NOT_STARTED,
    "stage": Stage.ACCEPTED,
    "lastUpdatedDateTime": "2026-11-01T09:30:00Z",
    "progress": None,
    "nextPollDateTime": "2026-11-01T09:30:00Z",
    "waitReason": None,
    "expectedSubmissionDateTime": None,
    "storage": None,
    "grant": None,
    "attempts": [],
}
_REVOKED: export_schema.Grant = {
    "kind": GrantKind.STORED_POLICY,
    "expiresDateTime": "2026-11-10T09:30:00Z",
    "revokedDateTime": "2026-11-03T10:00:00Z",
}
_SUCCEEDED: export_schema.Export = {
    **_RUNNING,
    "status": Status.SUCCEEDED,
    "stage": Stage.ENDED,
    "lastUpdatedDateTime": "2026-11-03T10:00:00Z",
    "completedDateTime": "2026-11-03T10:00:00Z",
    "progress": 1.0,
    "nextPollDateTime": None,
    "waitReason": None,
    "expectedSubmissionDateTime": None,
    "grant": _REVOKED,
    "attempts": [{**_RUNNING["attempts"][0], "status": AttemptStatus.COMPLETE}],
    "files": {"count": 128, "totalBytes": 73400320, "manifestSha256": _SHA256},
    "erasureDueDateTime": "2026-12-03T10:00:00Z",
}
_HANDED_OVER: export_schema.Export = {
    **_SUCCEEDED,
    "lastUpdatedDateTime": "2026-11-10T10:00:00Z",
    "handedOverDateTime": "2026-11-09T15:30:00Z",
    "handoverMethod": HandoverMethod.PORTAL,
}
_ERASED: export_schema.Export = {
    **_SUCCEEDED,
    "lastUpdatedDateTime": "2026-11-10T10:00:00Z",
    "erasureDueDateTime": None,
    "erasedDateTime": "2026-11-10T10:00:00Z",
}
_PROBLEM: error_schema.Problem = {
    "code": "OperationFailed",
    "message": "Microsoft ended the operation as failed and gives no reason. Retry it.",
}
_FAILED: export_schema.Export = {
    **_SUCCEEDED,
    "status": Status.FAILED,
    "attempts": [{**_RUNNING["attempts"][0], "status": AttemptStatus.FAILED, "error": _PROBLEM}],
    "progress": 0.4,
    "files": None,
    "error": _PROBLEM,
}
_CANCELED: export_schema.Export = {
    **_FAILED,
    "status": Status.CANCELED,
    "attempts": [
        {
            **_RUNNING["attempts"][0],
            "status": AttemptStatus.CANCELED,
            "error": {"code": "Canceled", "message": "The export was canceled."},
        }
    ],
    "error": None,
}
_CANCELING: export_schema.Export = {
    **_RUNNING,
    "stage": Stage.CANCELING,
    "waitReason": "A call to storage failed (ServerBusy).",
}
_PAUSED: export_schema.Export = {**_RUNNING, "pausedDateTime": "2026-11-01T10:00:00Z"}
_PAGE: export_schema.ExportPage = {"value": [_RUNNING]}
_TRAIL: export_schema.Trail = {
    "value": [
        {
            "number": 1,
            "type": EventType.ACCEPTED,
            "dateTime": "2026-11-01T09:30:00Z",
            "actor": _CALLER,
            "detail": {"requestId": "0f4c1f0a-5f0e-4a39-9d6c-0f1f2e3d4c5b"},
            "previousSha256": None,
            "sha256": "342d9094842b439b95ba6098eddeba0f4f33cf9eb74dd2ee00ec884538e2076a",
        }
    ]
}
_FILES: file_schema.FilePage = {
    "value": [
        {
            "number": 1,
            "name": _FILE,
            "size": 573440,
            "md5": "098f6bcd4621d373cade4e832627b4f6",
            "sha256": _SHA256,
            "lastModifiedDateTime": "2026-11-03T09:58:00Z",
        }
    ]
}
_LINKS: file_schema.FileLinks = {
    "expiresDateTime": "2026-11-03T10:20:00Z",
    "value": [{"name": _FILE, "url": f"{_CONTAINER}/{_FILE}?sv=2025-11-05&se=2026-11-03T10%3A20%3A00Z&sp=r"}],
}
_ZIP = "personal-data-2026-11-03-de.zip"
_PACKAGE_LINKS: file_schema.FileLinks = {
    "expiresDateTime": "2026-11-04T10:05:00Z",
    "value": [
        {
            "name": _ZIP,
            "url": f"https://account.blob.core.windows.net/export-{_ID}-package/de/14/{_ZIP}?sv=2025-11-05&sp=r",
        }
    ],
}
_PACKAGE_BUILDING: file_schema.Package = {
    "exportId": _ID,
    "language": PackageLanguage.GERMAN,
    "status": PackageStatus.BUILDING,
    "requestedDateTime": "2026-11-03T10:05:00Z",
    "madeDateTime": None,
    "progress": 0.25,
    "totalBytes": 73431296,
    "files": [],
    "sha256SumsSha256": None,
    "receiptSha256": None,
    "error": None,
}
_PACKAGE_READY: file_schema.Package = {
    **_PACKAGE_BUILDING,
    "status": PackageStatus.READY,
    "madeDateTime": "2026-11-03T10:06:00Z",
    "progress": 1.0,
    "files": [{"name": _ZIP, "size": 73431296}],
    "sha256SumsSha256": _SHA256,
    "receiptSha256": _TRAIL_SHA256,
}
_PACKAGE_FAILED: file_schema.Package = {
    **_PACKAGE_BUILDING,
    "status": PackageStatus.FAILED,
    "error": {
        "code": PackageErrorCode.FILE_CHANGED,
        "message": "File 12 of the manifest has changed or is gone since it was checked. Request another export.",
    },
}
_BATCH: batch_schema.Batch = {
    "id": "b2f1c9de-5a43-4f7e-9a51-0c6b7d8e9f10",
    "status": "Running",
    "createdDateTime": "2026-11-01T09:30:00Z",
    "counts": {"Busy": 1, "NotStarted": 1, "Refused": 1},
    "items": [
        {"number": 1, "exportId": _ID, "status": BatchItemStatus.NOT_STARTED, "error": None},
        {
            "number": 2,
            "exportId": None,
            "status": BatchItemStatus.REFUSED,
            "error": {
                "code": "ExportInProgress",
                "message": f"The export {_OTHER_ID} of the same person is open. Follow it, or send allowDuplicate.",
                "target": _OTHER_ID,
            },
        },
        {
            "number": 3,
            "exportId": None,
            "status": BatchItemStatus.BUSY,
            "error": {"code": BUSY_ITEM.code, "message": BUSY_ITEM.message, "target": None},
        },
    ],
}
_HOLD_REQUEST: dict[str, Any] = {"reason": "Case 12 O 345/26"}
_HELD: export_schema.Export = {
    **_SUCCEEDED,
    "lastUpdatedDateTime": "2026-11-05T08:00:00Z",
    "hold": {"placedDateTime": "2026-11-05T08:00:00Z", "reason": "Case 12 O 345/26", "placedBy": _CALLER},
}
_HOLDS: batch_schema.HoldPage = {
    "value": [
        {"exportId": _ID, "status": HoldStatus.HELD, "error": None},
        {
            "exportId": _OTHER_ID,
            "status": HoldStatus.REFUSED,
            "error": {
                "code": "DataErased",
                "message": "The exported data was erased, so nothing is left to keep.",
                "target": None,
            },
        },
    ]
}
_LIFTED_HOLDS: batch_schema.HoldPage = {
    "value": [{"exportId": _ID, "status": HoldStatus.LIFTED, "error": None}],
}
_SUBSCRIPTION_REQUEST: dict[str, Any] = {
    "callbackUrl": "https://prod-01.westeurope.logic.azure.com/workflows/example",
    "events": ["ended"],
    "status": ["Failed", "Canceled"],
}
_SUBSCRIPTION: callback_schema.Subscription = {
    "id": "0d9c1f6e-7a5b-5c3d-8e2f-1a4b6c8d0e2f",
    "events": ["ended"],
    "status": [Status.CANCELED, Status.FAILED],
    "reference": None,
    "createdBy": "5f9d8f3e-2c1b-4a0e-8d7c-6b5a4f3e2d1c",
    "createdDateTime": "2026-11-01T09:30:00Z",
    "expiresDateTime": "2027-04-30T09:30:00Z",
}
_NEW_SUBSCRIPTION: callback_schema.Subscription = {
    **_SUBSCRIPTION,
    "signingSecret": "whsec_QW4gZXhhbXBsZSwgd2hpY2ggc2lnbnMgbm90aGluZy4=",
}
_RENEWED_SUBSCRIPTION: callback_schema.Subscription = {**_SUBSCRIPTION, "signingSecret": None}
_SUBSCRIPTIONS: callback_schema.SubscriptionList = {"value": [_SUBSCRIPTION]}
_ENDED: callback_schema.ExportEnded = {
    "specversion": "1.0",
    "id": "2f1d0c9b-8a7e-5f6d-9c4b-3a2b1c0d9e8f",
    "source": "https://your-app.azurewebsites.net/api/exports",
    "type": "com.personaldataexport.export.ended.v1",
    "subject": _ID,
    "time": "2026-11-03T10:00:00Z",
    "datacontenttype": "application/json",
    "data": {
        "exportId": _ID,
        "status": "Succeeded",
        "reference": "DSR-2026-0042",
        "trail": {"eventCount": 14, "sha256": _TRAIL_SHA256},
    },
}
_ANSWERED: callback_schema.ExportHandedOver = {
    "specversion": "1.0",
    "id": "7c1e5b3a-9d42-5e86-a1f0-4b8c6d2e9a35",
    "source": "https://your-app.azurewebsites.net/api/exports",
    "type": "com.personaldataexport.export.handedover.v1",
    "subject": _ID,
    "datacontenttype": "application/json",
    "time": "2026-11-10T10:00:00Z",
    "data": {
        "exportId": _ID,
        "status": "Succeeded",
        "reference": "DSR-2026-0042",
        "handedOverDateTime": "2026-11-09T15:30:00Z",
        "trail": {"eventCount": 18, "sha256": _TRAIL_SHA256},
    },
}
_REPORT: service_schema.Report = {
    "status": "Passed",
    "checks": [
        {
            "name": "identity",
            "status": Verdict.PASSED,
            "message": "The app's identity has a token for Microsoft Graph.",
        }
    ],
}
_ME: service_schema.Me = {"id": _CALLER, "name": "Ana Costa", "roles": ["Exports.Submit", "Exports.Read"]}
_HEALTH: service_schema.Health = {"status": "Healthy"}
EXAMPLES = {
    "ExportRequest": _REQUEST,
    "ShortestRequest": _SHORTEST_REQUEST,
    "LinksRequest": _LINKS_REQUEST,
    "ExtendDeadline": _EXTEND_DEADLINE,
    "PauseClock": _PAUSE_CLOCK,
    "ResumeClock": _RESUME_CLOCK,
    "PackageLinksRequest": _PACKAGE_LINKS_REQUEST,
    "PackageRequest": _PACKAGE_REQUEST,
    "HandoverRequest": _HANDOVER_REQUEST,
    "HandoverNow": {},
    "BatchRequest": _BATCH_REQUEST,
    "BatchCsv": _BATCH_CSV,
    "Accepted": _ACCEPTED,
    "Running": _RUNNING,
    "Succeeded": _SUCCEEDED,
    "Failed": _FAILED,
    "Canceled": _CANCELED,
    "Canceling": _CANCELING,
    "HandedOver": _HANDED_OVER,
    "Erased": _ERASED,
    "Paused": _PAUSED,
    "ExportPage": _PAGE,
    "Trail": _TRAIL,
    "FilePage": _FILES,
    "Links": _LINKS,
    "PackageLinks": _PACKAGE_LINKS,
    "PackageBuilding": _PACKAGE_BUILDING,
    "PackageReady": _PACKAGE_READY,
    "PackageFailed": _PACKAGE_FAILED,
    "Batch": _BATCH,
    "HoldRequest": _HOLD_REQUEST,
    "Held": _HELD,
    "Holds": _HOLDS,
    "LiftedHolds": _LIFTED_HOLDS,
    "SubscriptionRequest": _SUBSCRIPTION_REQUEST,
    "NewSubscription": _NEW_SUBSCRIPTION,
    "RenewedSubscription": _RENEWED_SUBSCRIPTION,
    "SubscriptionList": _SUBSCRIPTIONS,
    "ExportEnded": _ENDED,
    "ExportHandedOver": _ANSWERED,
    "Me": _ME,
    "Report": _REPORT,
    "Healthy": _HEALTH,
}
"""By their names in the document."""
