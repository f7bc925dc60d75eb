"""The function app: builds it and registers what it is made of."""

from __future__ import annotations

import azure.durable_functions as df
import azure.functions as func

from shared.http.blueprint import blueprint as http
from shared.workflow.blueprint import blueprint as workflow

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)
app.register_functions(http)
app.register_functions(workflow)
