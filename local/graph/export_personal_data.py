"""The `exportPersonalData` action: the service's checks in its order, and then the operation."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from local.graph.customer_container import CustomerContainers
from local.graph.data_policy_operations import DURATIONS, Ending, Operation, Operations
from local.graph.export_worker import ExportWorker
from local.graph.fault_injection import SUBMIT, Faults, Group
from local.graph.graph_errors import bad_request, subject_not_found, throttled
from local.graph.graph_routes import SubjectType, Submit, checked_guid
from local.graph.request_throttling import Quotas
from local.graph.service_clock import Clock
from local.graph.storage_location import check_shape, checked_uri
from local.graph.tenant_directory import Directory, Profile, User
from local.graph.token_validation import EXPORT_INBOUND, EXPORT_USER, Principal
from local.identity.token_claims import TENANT_ID

_ROLES = {SubjectType.USER: EXPORT_USER, SubjectType.INBOUND_PROFILE: EXPORT_INBOUND}
_ENDINGS = {"fails": Ending.FAILED, "never": Ending.NEVER, "empty": Ending.EMPTY}


class Submissions:
    """Accepts exports of users and of inbound profiles."""

    def __init__(
        self,
        *,
        directory: Directory,
        operations: Operations,
        containers: CustomerContainers,
        worker: ExportWorker,
        quotas: Quotas,
        faults: Faults,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._operations = operations
        self._containers = containers
        self._worker = worker
        self._quotas = quotas
        self._faults = faults
        self._clock = clock

    async def submit(self, call: Submit, principal: Principal, body: bytes) -> Operation:
        """Check a submission and start its operation.

        Args:
            call: Whom to export.
            principal: The caller.
            body: The request's JSON.

        Raises:
            GraphError: The first check that failed.
        """
        subject_id = checked_guid(call.subject_id)
        location = checked_uri(storage_location(body))
        if not self._quotas.admit_export(principal.object_id, self._clock.now()):
            raise throttled()
        principal.require(_ROLES[call.subject_type])
        subject = self._directory.subject(call.subject_type, subject_id)
        if subject is None:
            raise subject_not_found()
        check_shape(location)
        operation_id, now = str(uuid4()), self._clock.now()
        await self._containers.claim(location, _request_info(operation_id, subject, now))
        return self._enqueue(operation_id, call.subject_type, subject_id, location)

    def _enqueue(self, operation_id: str, subject_type: SubjectType, subject_id: str, location: str) -> Operation:
        now = self._clock.now()
        ending = self._faults.take(Group.ENDING, SUBMIT, {subject_id})
        duration = self._faults.take(Group.DURATION, SUBMIT, {subject_id})
        takes = (
            timedelta(seconds=duration.parameters["seconds"]) if duration else self._clock.real(DURATIONS[subject_type])
        )
        operation = Operation(
            id=operation_id,
            subject_type=subject_type,
            subject_id=subject_id,
            storage_location=location,
            submitted=now,
            due=now + takes,
            ending=_ENDINGS[ending.name] if ending else Ending.COMPLETE,
        )
        self._operations.add(operation)
        self._worker.start(operation)
        return operation


def storage_location(body: bytes) -> object:
    """Return the `storageLocation` of a submission's body, whatever its type; None if it has none.

    Raises:
        GraphError: The body is not a JSON object (400).
    """
    try:
        parameters = json.loads(body)
    except ValueError as error:
        raise _unreadable() from error
    if not isinstance(parameters, dict):
        raise _unreadable()
    return parameters.get("storageLocation")


def _unreadable() -> Exception:
    return bad_request(
        "Unable to read JSON request payload. Please ensure Content-Type header is set and payload is of valid JSON"
        " format."
    )


def _request_info(operation_id: str, subject: User | Profile, now: datetime) -> bytes:
    """The `RequestInfo.json` that the service leaves in the container: `CommandId` is the operation's id."""
    described: dict[str, Any] = {
        "Description": "Export request for a user's personal data.",
        "CorrelationId": str(uuid4()),
        "CommandId": operation_id,
        "Subject": {
            "ObjectId": subject.id,
            "TenantId": TENANT_ID,
            "HomeTenantId": subject.home_tenant_id if isinstance(subject, Profile) else TENANT_ID,
        },
        "Timestamp": now.isoformat(),
        "RequestGuid": str(uuid4()),
    }
    return json.dumps(described, indent=2).encode()
