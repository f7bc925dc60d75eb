"""Deletes the registrations of the API and of its console: python3 delete_registration.py NAME [--from-bin].

NAME is the unique name of the API's registration, BASE_NAME-AZURE_ENV_NAME, such as pde-dev. The console's is
pde-dev-console. Entra ID keeps a deleted registration for 30 days, and its unique name is taken for as long. --from-bin
deletes what was kept for good, and leaves a registration that is in use alone. Running it again is safe. It needs the
role Application Administrator.
"""

# ruff: noqa: INP001, T201 - a script that prints, not a package

from __future__ import annotations

import argparse

from graph import Graph, az

FIELDS = "$select=id,uniqueName"
CALLED = "startswith(displayName,'Personal%20data%20export')"
"""What the registrations of every environment are called. The console's has no other name to look for."""


def main() -> None:
    """Deletes them and prints what was done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="unique name of the API's registration")
    parser.add_argument("--from-bin", action="store_true", help="delete them for good from the deleted ones")
    options = parser.parse_args()
    graph = Graph()
    if options.from_bin:
        place, lists = "directory/deletedItems", [f"directory/deletedItems/microsoft.graph.application?{FIELDS}"]
    else:
        audience = f"api://{az('account', 'show', '--query', 'tenantId')}/{options.name}"
        filters = [f"identifierUris/any(uri:uri%20eq%20'{audience}')", CALLED]
        place, lists = "applications", [f"applications?$filter={one}&{FIELDS}" for one in filters]
    wanted = {options.name, f"{options.name}-console"}
    found = {one["id"]: None for listed in lists for one in graph.all(listed) if one.get("uniqueName") in wanted}
    for object_id in found:
        graph.call("delete", f"{place}/{object_id}")
        print(f"Deleted: {place}/{object_id}")
    if not found:
        print(f"There is no registration {options.name}{' among the deleted ones' if options.from_bin else ''}.")


if __name__ == "__main__":
    main()
