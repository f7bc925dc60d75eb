"""The Python part of `make demo`: from the request to the package, with a batch and a callback."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from local.checkout import ROOT


def test_both_exports_succeed_and_the_evidence_is_shown(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    checkout = tmp_path / "check out"
    for folder in ("local", "shared"):
        shutil.copytree(ROOT / folder, checkout / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in ("function_app.py", "host.json"):
        shutil.copyfile(ROOT / file, checkout / file)
    (checkout / ".local").mkdir()
    (checkout / ".local" / "node").symlink_to(ROOT / ".local" / "node")
    (checkout / ".venv").symlink_to(ROOT / ".venv")

    demo = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "local", "demo", "--host", pytestconfig.getoption("--host")],
        cwd=checkout,
        capture_output=True,
        text=True,
        check=False,
    )

    assert demo.stderr == ""
    assert demo.returncode == 0
    assert demo.stdout.count("Succeeded, Ended") == 4
    assert "Completed, 2 Succeeded" in demo.stdout
    assert '"type": "com.personaldataexport.export.ended.v1"' in demo.stdout
    assert demo.stdout.count("the row in the table Exports") == 2
    assert demo.stdout.count("bytes  RequestInfo.json") == 2
    assert "the telemetry in trace " in demo.stdout
    assert "the package to hand over; all 6 files fit SHA256SUMS" in demo.stdout
    assert (checkout / ".local" / "demo-package" / "unpacked" / "index.html").exists()
    assert "Submitted, OperationComplete, GrantRevoked, Succeeded" in demo.stdout
