"""The alternative for comparison: an app on the Graph SDK's own client, with a typed operation and top-level imports.

It creates a container with a stored policy, writes a row, submits the export with a SAS URL of the container, and polls
the typed operation. It has no timeouts, no recovery, and no retries of its own.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import azure.durable_functions as df
import azure.functions as func
from azure.core.exceptions import ResourceExistsError
from azure.data.tables import UpdateMode
from azure.data.tables.aio import TableServiceClient
from azure.identity.aio import ManagedIdentityCredential
from azure.storage.blob import AccessPolicy, ContainerSasPermissions, generate_container_sas
from azure.storage.blob.aio import BlobServiceClient
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_http.middleware.options import HeadersInspectionHandlerOption
from msgraph.generated.users.item.export_personal_data.export_personal_data_post_request_body import (
    ExportPersonalDataPostRequestBody,
)
from msgraph.graph_service_client import GraphServiceClient

if TYPE_CHECKING:
    from collections.abc import Generator

    from azure.data.tables.aio import TableClient

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)
_POLICY = "export"
_WEEK = timedelta(days=7)


@cache
def _credential() -> ManagedIdentityCredential:
    return ManagedIdentityCredential()


@cache
def _graph() -> GraphServiceClient:
    client = GraphServiceClient(_credential(), scopes=["https://graph.microsoft.com/.default"])
    client.request_adapter.base_url = f"{os.environ['GRAPH_ENDPOINT']}/v1.0"
    return client


@cache
def _blobs() -> BlobServiceClient:
    return BlobServiceClient(os.environ["EXPORT_BLOB_ENDPOINT"], credential=os.environ["EXPORT_ACCOUNT_KEY"])


@cache
def _tables() -> TableServiceClient:
    return TableServiceClient(os.environ["OUTCOME_TABLE_ENDPOINT"], credential=_credential())


async def _rows() -> TableClient:
    try:
        return await _tables().create_table("Alternative")
    except ResourceExistsError:
        return _tables().get_table_client("Alternative")


@app.function_name("start")
@app.route("exports", methods=["POST"])
@app.durable_client_input(client_name="client")
async def start(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Starts the export of the user in the body."""
    export_id = await client.start_new("watch", client_input=req.get_json()["user"])
    answer: func.HttpResponse = client.create_check_status_response(req, export_id)
    return answer


@app.function_name("health")
@app.route("health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def health(req: func.HttpRequest) -> func.HttpResponse:
    """Answers health probes."""
    return func.HttpResponse(req.method)


@app.function_name("watch")
@app.orchestration_trigger(context_name="context")
def watch(context: df.DurableOrchestrationContext) -> Generator[Any, Any, str]:
    """Submits, then polls every minute."""
    operation = yield context.call_activity("submit", context.get_input())
    status = "running"
    while status == "running":
        yield context.create_timer(context.current_utc_datetime + timedelta(minutes=1))
        status = yield context.call_activity("poll", operation)
    return status


@app.function_name("submit")
@app.activity_trigger(input_name="user")
async def submit(user: str) -> str:
    """Submits the export of a user; gives the operation's id."""
    container = await _blobs().create_container(f"alternative-{uuid4()}")
    now = datetime.now(UTC)
    policy = AccessPolicy(ContainerSasPermissions(add=True, create=True, write=True), now + _WEEK, now - _WEEK / 7)
    await container.set_container_access_policy({_POLICY: policy})
    key = os.environ["EXPORT_ACCOUNT_KEY"]
    sas = generate_container_sas(container.account_name, container.container_name, key, policy_id=_POLICY)
    body = ExportPersonalDataPostRequestBody(storage_location=f"{container.url}?{sas}")
    # `post` gives nothing: the operation is named in a header alone.
    headers = HeadersInspectionHandlerOption(inspect_response_headers=True)
    configuration: RequestConfiguration[Any] = RequestConfiguration(options=[headers])
    await _graph().users.by_user_id(user).export_personal_data.post(body, configuration)
    (location,) = headers.response_headers.get("location")
    operation = str(location).rpartition("/")[2]
    await (await _rows()).create_entity({"PartitionKey": operation, "RowKey": "row", "user": user, "status": "running"})
    return operation


@app.function_name("poll")
@app.activity_trigger(input_name="operation")
async def poll(operation: str) -> str:
    """The status of an operation."""
    found = await _graph().data_policy_operations.by_data_policy_operation_id(operation).get()
    status = found.status.value if found and found.status else "running"
    row = {"PartitionKey": operation, "RowKey": "row", "status": status}
    await (await _rows()).update_entity(row, mode=UpdateMode.MERGE)
    return status
