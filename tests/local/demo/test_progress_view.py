"""What the demonstration shows: a table on a terminal, lines elsewhere."""

import os
import subprocess
import sys

from local.checkout import ROOT

SHOW = """
from local.demo.progress_view import view_of
from local.demo.polled_export import PolledExport

export = {"id": "e1", "status": "Running", "stage": "Exporting", "progress": 0.25}
followed = PolledExport("Adele Fictive", export, {"Retry-After": "2"}, 0.0)
with view_of([followed]) as view:
    view.update()
    followed.take({**export, "status": "Succeeded", "progress": 1.0}, {}, 3.0)
    view.update()
"""


def test_without_a_terminal_there_is_a_line_for_each_change() -> None:
    # A pipe is no terminal, whatever this variable says.
    environment = {**os.environ, "FORCE_COLOR": "1"}
    shown = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", SHOW], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )

    lines = [line.partition(" s  ")[2] for line in shown.stdout.splitlines()]
    assert lines == ["Adele Fictive: Running, Exporting, 25%", "Adele Fictive: Succeeded, Exporting, 100%"]


def test_a_live_table_on_a_terminal() -> None:
    terminal, end = os.openpty()
    environment = {**os.environ, "TERM": "xterm", "COLUMNS": "120"}
    with subprocess.Popen([sys.executable, "-c", SHOW], cwd=ROOT, env=environment, stdout=end) as show:  # noqa: S603 - the same
        os.close(end)
        shown = _read(terminal)

    assert show.returncode == 0
    assert all(head in shown for head in ("Subject", "Status", "Stage", "Progress", "Next poll", "Elapsed"))
    assert "25%" in shown
    assert "Succeeded" in shown


def _read(terminal: int) -> str:
    content = b""
    try:
        while part := os.read(terminal, 65536):
            content += part
    except OSError:
        # Linux says it this way when nobody writes any more.
        pass
    finally:
        os.close(terminal)
    return content.decode()
