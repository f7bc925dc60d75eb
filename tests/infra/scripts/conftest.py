"""The programs that a script finds on its path, and the server that it calls."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.infra.scripts.certification import Server
from tests.infra.stand_ins import Programs


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    return Programs(tmp_path)


@pytest.fixture
def server() -> Iterator[Server]:
    serving = Server()
    thread = threading.Thread(target=serving.http.serve_forever)
    thread.start()
    yield serving
    serving.http.shutdown()
    thread.join()
    serving.http.server_close()
