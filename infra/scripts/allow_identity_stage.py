"""Lets a pipeline run the identity stage: python3 allow_identity_stage.py OBJECT_ID (bootstrap.sh prints it).

It gives that identity the two Microsoft Graph roles that the stage takes. With them it can give anybody anything in the
tenant: guard its environment by approvals, or leave this out and let a person run the stage. A Privileged Role
Administrator runs it, once; it can be run again.
"""

# ruff: noqa: INP001 - a script, and no package

from __future__ import annotations

import sys

from graph import Graph

ROLES = ["Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All"]


def main() -> None:
    """Grants them."""
    if len(sys.argv) != 2:  # noqa: PLR2004 - the script and the id
        sys.exit(__doc__)
    Graph().grant_graph_roles(sys.argv[1], ROLES)


if __name__ == "__main__":
    main()
