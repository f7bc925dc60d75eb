"""infra/scripts/install-bicep.sh: one version, from one place, and nothing that isn't what it should be."""

import hashlib
import os
import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from tests.infra.bicep_stand_in import write
from tests.infra.stand_ins import SCRIPTS, Programs
from tools.bicep.compiler import find, pinned_version

SCRIPT = SCRIPTS / "install-bicep.sh"
VERSION = pinned_version(SCRIPTS.parent.parent)
PACKAGE = f"https://api.nuget.org/v3-flatcontainer/azure.bicep.commandline.linux-x64/{VERSION}/"
FROM_PATH, OWN = (
    f"az config set bicep.use_binary_from_path={choice} --only-show-errors" for choice in ("true", "false")
)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def install(programs: Programs, home: Path) -> subprocess.CompletedProcess[str]:
    programs.answer("az config set")
    return programs.run("install-bicep.sh", HOME=str(home))


def test_the_right_version_on_the_path_is_used(programs: Programs, home: Path) -> None:
    programs.answer("bicep --version", says=f"Bicep CLI version {VERSION} (0123456789)\n")
    assert install(programs, home).returncode == 0
    assert programs.calls == ["bicep --version", FROM_PATH]


def test_the_right_version_of_the_azure_cli_is_used(programs: Programs, home: Path) -> None:
    programs.answer("bicep --version", says="Bicep CLI version 9.0.1 (0123456789)\n")
    write(home / ".azure" / "bin" / "bicep", VERSION)
    assert install(programs, home).returncode == 0
    assert programs.calls == ["bicep --version", OWN]


def test_elsewhere_the_azure_cli_installs_it(programs: Programs, home: Path) -> None:
    (programs.folder / "uname").write_text("#!/bin/sh\necho Darwin arm64\n")
    (programs.folder / "uname").chmod(0o755)
    programs.answer("bicep --version", code=1)
    programs.answer("az bicep install")
    ran = install(programs, home)
    assert (ran.returncode, "without a checksum" in ran.stderr) == (0, True)
    assert programs.calls[1:] == [f"az bicep install --version v{VERSION} --only-show-errors", OWN]


# The download

_CURL = """#!/bin/sh
for argument; do
  if [ "$before" = --output ]; then cp '{package}' "$argument"; fi
  before=$argument
done
echo "$before" >> '{asked}'
"""


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    """A folder for the path, whose curl downloads a package that has a stand-in for the compiler."""
    folder = tmp_path / "programs"
    compiler = write(tmp_path / "published" / "bicep", VERSION)
    package = tmp_path / "package.nupkg"
    with zipfile.ZipFile(package, "w") as archive:
        archive.write(compiler, "tools/bicep")
    folder.mkdir()
    (folder / "curl").write_text(_CURL.format(package=package, asked=tmp_path / "asked"))
    (folder / "uname").write_text("#!/bin/sh\necho Linux x86_64\n")
    # Whatever else this machine has.
    (folder / "bicep").write_text("#!/bin/sh\nexit 1\n")
    (folder / "az").write_text("#!/bin/sh\n")
    for program in folder.iterdir():
        program.chmod(0o755)
    return folder


def download(registry: Path, script: str, home: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(registry), os.environ["PATH"]])
    return subprocess.run(  # noqa: S603 - our own script
        ["bash", "-c", script],  # noqa: S607 - whichever is on the path
        env={"PATH": path, "HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )


def expecting(checksum: str) -> str:
    script, count = re.subn(r"^sha256=.+$", f"sha256={checksum}", SCRIPT.read_text(), flags=re.MULTILINE)
    assert count == 1
    return script


def test_it_is_downloaded_once_and_found(registry: Path, tmp_path: Path, home: Path) -> None:
    published = (tmp_path / "published" / "bicep").read_bytes()
    script = expecting(hashlib.sha256(published).hexdigest())
    for _ in range(2):
        ran = download(registry, script, home)
        assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "asked").read_text().splitlines() == [
        f"{PACKAGE}azure.bicep.commandline.linux-x64.{VERSION}.nupkg"
    ]
    own = home / ".azure" / "bin" / "bicep"
    assert [path.name for path in own.parent.iterdir()] == ["bicep"]
    assert find({"PATH": str(registry), "HOME": str(home)}, VERSION) == str(own)


def test_another_file_than_the_known_one_is_not_installed(registry: Path, home: Path) -> None:
    ran = download(registry, SCRIPT.read_text(), home)
    assert (ran.returncode, "Nothing was installed" in ran.stderr) == (1, True)
    assert not home.exists()
