"""The product's API with a monitor that ends at once: what a `POST` costs, without what the monitor does afterwards.

On the platform they don't share an instance either: a Flex Consumption app scales its HTTP functions and its Durable
functions apart from each other.
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
