"""The two calls that read: of a user and of an operation."""

from typing import Any

from local.graph.data_policy_operations import Operations
from local.graph.fault_injection import OPERATION, Faults, Group
from local.graph.graph_errors import bad_request, operation_not_found, throttled, user_not_found
from local.graph.graph_routes import ReadOperation, ReadUser, checked_guid
from local.graph.request_throttling import Quotas
from local.graph.service_clock import Clock
from local.graph.tenant_directory import Directory, User
from local.graph.token_validation import READ_OPERATION, READ_USER, Principal


class Reader:
    """Answers `GET users/{key}` and `GET dataPolicyOperations/{id}`."""

    def __init__(
        self, *, directory: Directory, operations: Operations, quotas: Quotas, faults: Faults, clock: Clock
    ) -> None:
        self._directory = directory
        self._operations = operations
        self._quotas = quotas
        self._faults = faults
        self._clock = clock

    def user(self, call: ReadUser, principal: Principal, select: str | None, root: str) -> dict[str, Any]:
        """Return a user as JSON, with the properties that `$select` names.

        Raises:
            GraphError: Throttled (429), not allowed (403), unknown user (404), or unknown property (400).
        """
        self._count()
        principal.require(READ_USER)
        user = self._directory.user(call.key)
        if user is None:
            raise user_not_found(call.key)
        return _selected(_properties(user), select, root)

    def operation(self, call: ReadOperation, principal: Principal, root: str) -> dict[str, Any]:
        """Return an operation as JSON.

        Raises:
            GraphError: The id is not a GUID (400), throttled (429), not allowed (403), or unknown operation (400).
        """
        operation_id = checked_guid(call.operation_id)
        self._count()
        principal.require(READ_OPERATION)
        operation = self._operations.find(operation_id)
        if operation is None:
            raise operation_not_found()
        subjects = {operation_id, operation.subject_id}
        status = self._faults.take(Group.STATUS, OPERATION, subjects)
        progress = self._faults.take(Group.PROGRESS, OPERATION, subjects)
        described = operation.as_json(root, self._clock.now())
        if status:
            described["status"] = status.parameters["status"]
        if progress:
            described["progress"] = str(described["progress"])
        return described

    def _count(self) -> None:
        if not self._quotas.admit_other(self._clock.now()):
            raise throttled()


def _properties(user: User) -> dict[str, Any]:
    given, _, family = user.display_name.partition(" ")
    return {
        "businessPhones": [],
        "displayName": user.display_name,
        "givenName": given,
        "jobTitle": None,
        "mail": user.user_principal_name,
        "mobilePhone": None,
        "officeLocation": None,
        "preferredLanguage": None,
        "surname": family or None,
        "userPrincipalName": user.user_principal_name,
        "id": user.id,
    }


def _selected(properties: dict[str, Any], select: str | None, root: str) -> dict[str, Any]:
    if not select:
        return {"@odata.context": f"{root}/$metadata#users/$entity", **properties}
    names = [name.strip() for name in select.split(",")]
    for name in names:
        if name not in properties:
            raise bad_request(f"Could not find a property named '{name}' on type 'microsoft.graph.user'.")
    context = f"{root}/$metadata#users({','.join(names)})/$entity"
    return {"@odata.context": context} | {name: properties[name] for name in names}
