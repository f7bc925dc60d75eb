"""The product's API with a monitor that ends at once, to measure a `POST` without the work of the monitor.

They don't share an instance on Azure either: Flex Consumption scales HTTP functions and Durable functions separately.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[2]))

import azure.durable_functions as df

from shared.durable.monitor_orchestrator import MONITOR
from shared.http.http_functions import blueprint

app = df.DFApp()
app.register_functions(blueprint)


@app.function_name(MONITOR)
@app.orchestration_trigger(context_name="context")
def monitor(context: df.DurableOrchestrationContext) -> str:
    """Ends at once."""
    return str(context.instance_id)
