"""The floor for a `POST` that starts something: it inserts one row and starts one orchestration."""

from __future__ import annotations

import contextlib
import json
import os
import uuid
from functools import cache

import azure.durable_functions as df
import azure.functions as func
from azure.core.exceptions import ResourceExistsError, ResourceNotFoundError
from azure.data.tables.aio import TableClient
from azure.identity.aio import ManagedIdentityCredential

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)


@cache
def _table() -> TableClient:
    return TableClient(os.environ["OUTCOME_TABLE_ENDPOINT"], "Bare", credential=ManagedIdentityCredential())


@app.function_name("start")
@app.route("exports", methods=["POST"])
@app.durable_client_input(client_name="client")
async def start(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Stores the body in a row, starts an orchestration with its id, and answers 202."""
    row_id = str(uuid.uuid4())
    row = {"PartitionKey": row_id, "RowKey": "row", "body": json.dumps(req.get_json())}
    try:
        await _table().create_entity(row)
    except ResourceNotFoundError:
        with contextlib.suppress(ResourceExistsError):
            await _table().create_table()
        await _table().create_entity(row)
    await client.start_new("nothing", instance_id=row_id, client_input={"id": row_id})
    return func.HttpResponse(json.dumps({"id": row_id}), status_code=202, mimetype="application/json")


@app.function_name("health")
@app.route("health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
def health(req: func.HttpRequest) -> func.HttpResponse:
    """Answers health probes."""
    return func.HttpResponse(req.method)


@app.function_name("nothing")
@app.orchestration_trigger(context_name="context")
def nothing(context: df.DurableOrchestrationContext) -> str:
    """Ends at once."""
    return str(context.instance_id)
