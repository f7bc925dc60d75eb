"""Checks that what is private is reached over private endpoints alone, and that the app finds them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tests.infra.accounts import account
from tests.infra.tree import APP

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.infra.snapshots import Resource, Snapshot
    from tests.infra.tree import Tree

_ENDPOINT = "Microsoft.Network/privateEndpoints"
_ZONES = {"vault": "vaultcore"}
"""The services whose zone isn't called after them ("Azure Private Endpoint private DNS zone values")."""


def check(tree: Tree) -> Iterator[str]:
    """Yields what is open beside a private endpoint, what the app can't reach, and a list of callers that is void."""
    for snapshot in tree.snapshots_of(APP):
        yield from _private(snapshot)
        yield from _callers(snapshot)
    if not any(tree.snapshot("prod").of(_ENDPOINT)):
        yield "prod has no private endpoint"


def _private(snapshot: Snapshot) -> Iterator[str]:
    """Host, records and vault must be closed to public networks together, and then have private endpoints."""
    shut = {purpose: account(snapshot, purpose) for purpose in ("host", "records")}
    if not (any(snapshot.of(_ENDPOINT)) or any(made and _is_shut(made) for made in shut.values())):
        return
    durable = [] if any(snapshot.of("Microsoft.DurableTask/schedulers")) else ["queue", "table"]
    needed = {"host": ["blob", *durable], "records": ["table"]}
    for purpose, made in shut.items():
        if made:
            yield from _reached(snapshot, made, f"the account for {purpose}", needed[purpose])
    for vault in snapshot.of("Microsoft.KeyVault/vaults"):
        yield from _reached(snapshot, vault, "the vault", ["vault"])
    yield from _names(snapshot)
    yield from _subnet(snapshot)


def _is_shut(made: Resource) -> bool:
    return bool(made.get("properties", "publicNetworkAccess") == "Disabled")


def _reached(snapshot: Snapshot, made: Resource, what: str, groups: list[str]) -> Iterator[str]:
    """Each must be closed to public networks, with an endpoint for each of its services."""
    if not _is_shut(made):
        yield f"{made.where} {what} is open to public networks"
    if made.get("properties", "networkAcls", "defaultAction") != "Deny":
        yield f"{made.where} {what} lets all networks in"
    led_to = {
        (connection["properties"]["privateLinkServiceId"], group)
        for endpoint in snapshot.of(_ENDPOINT)
        for connection in endpoint.get("properties", "privateLinkServiceConnections")
        for group in connection["properties"]["groupIds"]
    }
    for group in groups:
        if (made.id, group) not in led_to:
            yield f"{snapshot.name} has no private endpoint for {group} of {what}"


def _names(snapshot: Snapshot) -> Iterator[str]:
    """Each endpoint needs its name in a private DNS zone, else the app calls the public address, which is closed."""
    named = {
        made.id.rpartition("/privateDnsZoneGroups/")[0]: made.get("properties", "privateDnsZoneConfigs")
        for made in snapshot.of(f"{_ENDPOINT}/privateDnsZoneGroups")
    }
    for endpoint in snapshot.of(_ENDPOINT):
        zone = json.dumps(named.get(endpoint.id))
        groups = endpoint.get("properties", "privateLinkServiceConnections", 0, "properties", "groupIds")
        if not all(re.search(rf"'{group}'|'privatelink\.{_ZONES.get(group, group)}\.'", zone) for group in groups):
            yield f"{endpoint.where} is in no private DNS zone of {', '.join(groups)}, so that the app doesn't find it"
    zones = len(list(snapshot.of("Microsoft.Network/privateDnsZones")))
    linked = len(list(snapshot.of("Microsoft.Network/privateDnsZones/virtualNetworkLinks")))
    if linked != zones:
        yield f"{snapshot.name} has {zones} private DNS zones, and links {linked} to the network"


def _subnet(snapshot: Snapshot) -> Iterator[str]:
    """The app's calls leave through a subnet that is delegated to its plan."""
    flex = any(made.get("sku", "tier") == "FlexConsumption" for made in snapshot.of("Microsoft.Web/serverfarms"))
    wanted = "Microsoft.App/environments" if flex else "Microsoft.Web/serverFarms"
    delegated = {
        f"{network.id}/subnets/{subnet['name']}": delegation["properties"]["serviceName"]
        for network in snapshot.of("Microsoft.Network/virtualNetworks")
        for subnet in network.get("properties", "subnets")
        for delegation in subnet["properties"].get("delegations", ())
    }
    for made in snapshot.of("Microsoft.Web/sites"):
        found = delegated.get(made.get("properties", "virtualNetworkSubnetId") or "")
        if found != wanted:
            yield f"{made.where} has a subnet of {found}, not of {wanted}, so that it reaches no private endpoint"


def _callers(snapshot: Snapshot) -> Iterator[str]:
    """A list of networks shuts out all others; without one, only the token decides."""
    for made in snapshot.of("Microsoft.Web/sites"):
        rules = made.get("properties", "siteConfig", "ipSecurityRestrictions")
        wanted = "Deny" if rules else "Allow"
        if made.get("properties", "siteConfig", "ipSecurityRestrictionsDefaultAction") != wanted:
            yield f"{made.where} allows {len(rules)} networks, but does not {wanted.lower()} others"
