"""Lets a pipeline run the identity stage: python3 allow_identity_stage.py OBJECT_ID (bootstrap.sh prints it).

It gives the pipeline's identity the two Microsoft Graph roles that the stage needs. With them the identity can grant
anybody any permission in the tenant: protect its environment with approvals, or skip this script and run the stage
yourself. A Privileged Role Administrator runs it once; running it again is safe.
"""

# ruff: noqa: INP001 - a script, not a package

from __future__ import annotations

import sys

from graph import Graph

ROLES = ["Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All"]


def main() -> None:
    """Grants the roles."""
    if len(sys.argv) != 2:  # noqa: PLR2004 - the script and the id
        sys.exit(__doc__)
    Graph().grant_graph_roles(sys.argv[1], ROLES)


if __name__ == "__main__":
    main()
