"""Takes exports on: every check the service makes, in its order, and then the operation."""

import json
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from local.graph.customer_container import Containers
from local.graph.data_policy_operations import DURATIONS, Ending, Operation, Operations
from local.graph.export_worker import Exporter
from local.graph.fault_injection import SUBMIT, Faults, Group
from local.graph.graph_errors import bad_request, subject_not_found, throttled, unavailable
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
    """The `exportPersonalData` action, for users and for inbound profiles."""

    def __init__(
        self,
        *,
        directory: Directory,
        operations: Operations,
        containers: Containers,
        exporter: Exporter,
        quotas: Quotas,
        faults: Faults,
        clock: Clock,
    ) -> None:
        self._directory = directory
        self._operations = operations
        self._containers = containers
        self._exporter = exporter
        self._quotas = quotas
        self._faults = faults
        self._clock = clock

    async def submit(self, call: Submit, principal: Principal, body: bytes, *, enqueue_fails: bool) -> Operation:
        """The operation that `call` started.

        Args:
            call: Whom to export.
            principal: Who asks for it.
            body: The request's JSON.
            enqueue_fails: The service breaks between marking the container and taking the operation on.

        Raises:
            GraphError: The first check that failed.
        """
        subject_id = checked_guid(call.subject_id)
        location = checked_uri(storage_location(body))
        if not self._quotas.admit_export(principal.object_id, self._clock.now()):
            raise throttled()
        principal.demand(_ROLES[call.subject_type])
        subject = self._directory.subject(call.subject_type, subject_id)
        if subject is None:
            raise subject_not_found()
        check_shape(location)
        operation_id, now = str(uuid4()), self._clock.now()
        await self._containers.claim(location, _request_info(operation_id, subject, now))
        if enqueue_fails:
            raise unavailable()
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
        self._exporter.start(operation)
        return operation


def storage_location(body: bytes) -> object:
    """What the body of a submit gives as its storage location, of whatever type; None if nothing.

    Raises:
        GraphError: The body is no JSON object (400).
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
    """The mark that the service leaves in the container: `CommandId` is the operation's id."""
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
