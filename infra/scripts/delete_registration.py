"""Deletes the API's registration: python3 delete_registration.py NAME [--from-bin].

NAME is the registration's unique name, BASE_NAME-AZURE_ENV_NAME, such as pde-dev. Entra ID keeps a deleted registration
for 30 days, and its unique name is taken for as long. --from-bin deletes what was kept for good, and leaves a
registration that is in use alone. Running it again is safe. It needs the role Application Administrator.
"""

# ruff: noqa: INP001, T201 - a script that prints, not a package

from __future__ import annotations

import argparse

from graph import Graph, az

FIELDS = "$select=id,uniqueName"


def main() -> None:
    """Deletes it and prints what was done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="unique name of the registration")
    parser.add_argument("--from-bin", action="store_true", help="delete it for good from the deleted ones")
    options = parser.parse_args()
    graph = Graph()
    if options.from_bin:
        place, listed = "directory/deletedItems", f"directory/deletedItems/microsoft.graph.application?{FIELDS}"
    else:
        audience = f"api://{az('account', 'show', '--query', 'tenantId')}/{options.name}"
        place, listed = "applications", f"applications?$filter=identifierUris/any(uri:uri%20eq%20'{audience}')&{FIELDS}"
    found = [one["id"] for one in graph.all(listed) if one.get("uniqueName") == options.name]
    for object_id in found:
        graph.call("delete", f"{place}/{object_id}")
        print(f"Deleted: {place}/{object_id}")
    if not found:
        print(f"There is no registration {options.name}{' among the deleted ones' if options.from_bin else ''}.")


if __name__ == "__main__":
    main()
