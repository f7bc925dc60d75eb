"""Puts the parts of this Graph together."""

from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from local.graph.control_api import Control
from local.graph.customer_container import Containers
from local.graph.data_policy_operations import Operations
from local.graph.export_personal_data import Submissions
from local.graph.export_worker import Exporter
from local.graph.fault_injection import Faults
from local.graph.graph_database import open_database
from local.graph.graph_gateway import Gateway
from local.graph.graph_reads import Reader
from local.graph.request_journal import Journal
from local.graph.request_throttling import Quotas
from local.graph.service_clock import Clock
from local.graph.tenant_directory import Directory
from local.graph.token_validation import Tokens


def create_app(
    state: Path, identity: str, clock: Clock, storage_ca: Path | None = None, quotas: Quotas | None = None
) -> web.Application:
    """The web application.

    Args:
        state: The folder that keeps the database.
        identity: The root URL of the identity whose keys sign the tokens.
        clock: How fast the service's time passes.
        storage_ca: The PEM file to trust for storage, if it isn't one of the usual roots.
        quotas: Limits other than the service's.
    """
    database = open_database(state)
    directory, operations = Directory(database), Operations(database)
    containers = Containers(str(storage_ca) if storage_ca else None)
    exporter = Exporter(operations, containers, clock)
    faults, journal = Faults(), Journal()
    quotas = quotas or Quotas.of(clock)
    submissions = Submissions(
        directory=directory,
        operations=operations,
        containers=containers,
        exporter=exporter,
        quotas=quotas,
        faults=faults,
        clock=clock,
    )
    gateway = Gateway(
        tokens=Tokens(identity),
        submissions=submissions,
        reader=Reader(directory=directory, operations=operations, quotas=quotas, faults=faults, clock=clock),
        directory=directory,
        operations=operations,
        faults=faults,
        journal=journal,
        clock=clock,
    )

    async def life(_app: web.Application) -> AsyncIterator[None]:
        exporter.resume()
        yield
        await exporter.close()
        database.close()

    app = web.Application()
    app.cleanup_ctx.append(life)
    Control(directory, operations, faults, journal).add_routes(app.router)
    app.router.add_route("*", r"/{version}{path:.*}", gateway.handle)
    return app
