"""Assembles the web application of this Graph."""

from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from local.graph.control_api import ControlApi
from local.graph.customer_container import CustomerContainers
from local.graph.data_policy_operations import Operations
from local.graph.export_personal_data import Submissions
from local.graph.export_worker import ExportWorker
from local.graph.fault_injection import Faults
from local.graph.graph_database import open_database
from local.graph.graph_gateway import GraphGateway
from local.graph.graph_reads import Reader
from local.graph.request_throttling import Quotas
from local.graph.service_clock import Clock
from local.graph.tenant_directory import Directory
from local.graph.token_validation import TokenValidator


def create_app(
    state: Path, identity: str, clock: Clock, storage_ca: Path | None = None, quotas: Quotas | None = None
) -> web.Application:
    """Return the web application.

    Args:
        state: The folder that keeps the database.
        identity: The root URL of the identity whose keys sign the tokens.
        clock: How fast time passes for the service.
        storage_ca: The PEM file to trust for storage; None for the usual roots.
        quotas: Limits in place of the service's.
    """
    database = open_database(state)
    directory, operations = Directory(database), Operations(database)
    containers = CustomerContainers(str(storage_ca) if storage_ca else None)
    worker = ExportWorker(operations, containers, clock)
    faults = Faults()
    quotas = quotas or Quotas.of(clock)
    submissions = Submissions(
        directory=directory,
        operations=operations,
        containers=containers,
        worker=worker,
        quotas=quotas,
        faults=faults,
        clock=clock,
    )
    gateway = GraphGateway(
        tokens=TokenValidator(identity),
        submissions=submissions,
        reader=Reader(directory=directory, operations=operations, quotas=quotas, faults=faults, clock=clock),
        directory=directory,
        operations=operations,
        faults=faults,
        clock=clock,
    )

    async def lifespan(_app: web.Application) -> AsyncIterator[None]:
        worker.resume()
        yield
        await worker.close()
        database.close()

    app = web.Application()
    app.cleanup_ctx.append(lifespan)
    ControlApi(directory, operations, faults).add_routes(app.router)
    app.router.add_route("*", r"/{version}{path:.*}", gateway.handle)
    return app
