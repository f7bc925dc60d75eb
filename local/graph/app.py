"""Puts the parts of this Graph together."""

from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from local.graph.authorization import Tokens
from local.graph.clock import Clock
from local.graph.container import Containers
from local.graph.control import Control
from local.graph.database import open_database
from local.graph.directory import Directory
from local.graph.exporter import Exporter
from local.graph.faults import Faults
from local.graph.gateway import Gateway
from local.graph.journal import Journal
from local.graph.operations import Operations
from local.graph.quotas import Quotas
from local.graph.reading import Reader
from local.graph.submissions import Submissions


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
