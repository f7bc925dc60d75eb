"""The function app: builds it and registers what it is made of."""

from __future__ import annotations

import azure.durable_functions as df
import azure.functions as func

from shared.durable.durable_functions import blueprint as workflow
from shared.http.http_functions import blueprint as http

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)
app.register_functions(http)
app.register_functions(workflow)
