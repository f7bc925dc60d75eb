"""The calls to Microsoft Graph: resolve a user, submit an export, read an operation (`protocols.GraphApi`)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from kiota_abstractions.method import Method
from kiota_abstractions.request_information import RequestInformation
from msgraph.generated.users.item.export_personal_data.export_personal_data_post_request_body import (
    ExportPersonalDataPostRequestBody,
)
from msgraph.generated.users.item.export_personal_data.export_personal_data_request_builder import (
    ExportPersonalDataRequestBuilder,
)

from shared.exports.graph_results import (
    Accepted,
    NotDone,
    Operation,
    OperationResult,
    OperationStatus,
    ResolveResult,
    SubmitResult,
    Unclear,
)
from shared.exports.ids import is_guid
from shared.exports.states_and_codes import SubjectType
from shared.graph.graph_client import GraphClient, Reply

if TYPE_CHECKING:
    from shared.exports.export import Subject
    from shared.national_clouds import Cloud

_OPERATION_PATH = re.compile(r"/dataPolicyOperations(?:/|\(')(?P<id>[^/()']+)(?:'\))?/?$", re.IGNORECASE)
_COLLECTIONS = {
    SubjectType.USER: "users",
    SubjectType.INBOUND_SHARED_USER_PROFILE: "directory/inboundSharedUserProfiles",
}


class GraphCalls:
    """The calls to one cloud's Graph."""

    def __init__(self, client: GraphClient, cloud: Cloud) -> None:
        """Calls that go through `client`, in the versions that `cloud` offers."""
        self._client = client
        self._cloud = cloud

    async def resolve_user(self, principal_name: str) -> ResolveResult:
        """The object id of the user with that principal name."""
        version = self._cloud.submit_versions[SubjectType.USER]
        request = self._get(f"{version}/{_user_path(principal_name)}?$select=id")
        reply = await self._client.send(request, f"/{version}/users/{{name}}")
        if not isinstance(reply, Reply):
            return reply
        object_id = _json_field(reply.body, "id")
        if isinstance(object_id, str) and is_guid(object_id):
            return object_id.lower()
        return Unclear("Graph's answer has no object id.")

    async def submit_export(self, subject: Subject, container_url: str) -> SubmitResult:
        """Asks Microsoft to export the subject's data into a container.

        Args:
            subject: whose data; its object id must be known.
            container_url: the container's URL with its grant. It goes to Graph and nowhere else.
        """
        if subject.id is None or not is_guid(subject.id):
            raise ValueError("The subject's object id is not known.")
        version = self._cloud.submit_versions[subject.type]
        path = f"/{version}/{_COLLECTIONS[subject.type]}/{{id}}/exportPersonalData"
        url = f"{self._client.root}{path.format(id=subject.id)}"
        # The v1.0 builder serves both calls: the beta one differs in its path only.
        builder = ExportPersonalDataRequestBuilder(self._client.adapter, url)
        body = ExportPersonalDataPostRequestBody(storage_location=container_url)
        reply = await self._client.send(builder.to_post_request_information(body), path)
        return _accepted(reply) if isinstance(reply, Reply) else reply

    async def read_operation(self, operation_id: str) -> OperationResult:
        """How far an operation is. Its JSON is read without the SDK's model, whose first use imports 1,207 modules."""
        if not is_guid(operation_id):
            raise ValueError("An operation id is a GUID.")
        version = self._cloud.operations_version
        path = f"{version}/dataPolicyOperations"
        reply = await self._client.send(self._get(f"{path}/{operation_id}"), f"/{path}/{{id}}")
        return _operation(reply) if isinstance(reply, Reply) else reply

    async def token_roles(self) -> frozenset[str] | NotDone:
        """The application roles in the app's token for Graph. No call is made."""
        return await self._client.token_roles()

    def _get(self, path: str) -> RequestInformation:
        request = RequestInformation()
        request.http_method = Method.GET
        request.url = f"{self._client.root}/{path}"
        request.headers.try_add("Accept", "application/json")
        return request


def _user_path(principal_name: str) -> str:
    """The path to a user. What begins with `$` would be an instruction there, so it is quoted ("Get a user")."""
    if not principal_name.startswith("$"):
        return f"users/{quote(principal_name, safe='')}"
    doubled = principal_name.replace("'", "''")
    return f"users('{quote(doubled, safe='$@')}')"


def _accepted(reply: Reply) -> Accepted | Unclear:
    """The operation that a 202 names, in a header or else in the body; the case of the names does not matter."""
    places = (
        reply.headers.get("Location"),
        reply.headers.get("Operation-Location"),
        _json_field(reply.body, "location"),
    )
    for place in places:
        operation_id = _operation_id(place)
        if operation_id is not None:
            return Accepted(operation_id, reply.retry_after(_json_field(reply.body, "retry-after")))
    return Unclear("Graph accepted the export but named no operation.")


def _operation_id(location: object) -> str | None:
    """The id in a `Location`. It is never followed: the URL to poll is built from this id on the cloud's own root."""
    if not isinstance(location, str):
        return None
    try:
        path = urlsplit(location.strip()).path
    except ValueError:
        return None
    found = _OPERATION_PATH.search(path)
    return found["id"].lower() if found and is_guid(found["id"]) else None


def _operation(reply: Reply) -> Operation | Unclear:
    status = _json_field(reply.body, "status")
    if not isinstance(status, str):
        return Unclear("Graph's answer has no status.")
    known = {member.value.lower(): member for member in OperationStatus}
    return Operation(
        status=known.get(status.lower(), OperationStatus.RUNNING),
        progress=_number(_json_field(reply.body, "progress")),
        retry_after=reply.retry_after(),
    )


def _json_field(body: Any, name: str) -> Any:  # noqa: ANN401 - JSON
    """The value of a field of a JSON object; the case of its name does not matter."""
    if not isinstance(body, dict):
        return None
    return next((value for key, value in body.items() if key.lower() == name), None)


def _number(value: object) -> float | None:
    """A progress as a number. Microsoft documents it as a double, as a string, and as a string with a double in it."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < float("inf") else None
