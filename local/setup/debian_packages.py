"""Says how programs of the system are installed, where set-up may do that. Standard library only."""

import os
from pathlib import Path

OS_RELEASE = Path("/etc/os-release")
_APT = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet", "-o", "DPkg::Lock::Timeout=300"]


def apt_commands(package: str, *systems: str) -> list[list[str]]:
    """Return the commands that install a package with apt; none without root's rights, or on another system.

    Args:
        package: its name.
        systems: those that have it, as in /etc/os-release: `debian`, `ubuntu`.
    """
    lines = OS_RELEASE.read_text("utf-8").splitlines() if OS_RELEASE.exists() else []
    if os.geteuid() != 0 or not any(f"ID={system}" in lines for system in systems):
        return []
    return [[*_APT, "update"], [*_APT, "install", "--yes", "--no-install-recommends", package]]
