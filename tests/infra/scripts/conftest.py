"""The programs that a script finds on its path."""

from pathlib import Path

import pytest

from tests.infra.stand_ins import Programs


@pytest.fixture
def programs(tmp_path: Path) -> Programs:
    return Programs(tmp_path)
