"""Lets a pipeline run the identity stage: python3 allow_identity_stage.py OBJECT_ID (bootstrap.sh prints it).

It gives the pipeline's identity the three Microsoft Graph roles that the stage needs. With them the identity can grant
anybody any permission in the tenant: protect its environment with approvals, or skip this script and run the stage
yourself. A Privileged Role Administrator runs it once; running it again is safe.
"""

# ruff: noqa: INP001 - a script, not a package

from __future__ import annotations

import argparse

from graph import Graph

ROLES = ["Application.ReadWrite.All", "AppRoleAssignment.ReadWrite.All", "DelegatedPermissionGrant.ReadWrite.All"]


def main() -> None:
    """Grants the roles."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("object_id", help="object id of the pipeline's identity")
    options = parser.parse_args()
    Graph().grant_graph_roles(options.object_id, ROLES)


if __name__ == "__main__":
    main()
