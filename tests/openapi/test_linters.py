"""Linters find nothing in the OpenAPI document, and find what is put into it."""

import copy
from pathlib import Path

import yaml

from local.checkout import ROOT
from shared.http.openapi.openapi_document import openapi_document
from tests.openapi.linters import redocly, spectral

RULES = ROOT / ".spectral.yaml"


def test_spectral_finds_nothing(tmp_path: Path) -> None:
    assert list(spectral(openapi_document(), tmp_path)) == []


def test_redocly_finds_nothing(tmp_path: Path) -> None:
    assert list(redocly(openapi_document(), tmp_path)) == []


def test_spectral_finds_a_fault_by_each_rule_of_our_own(tmp_path: Path) -> None:
    document = copy.deepcopy(openapi_document())
    components, health = document["components"], document["paths"]["/health"]["get"]
    export = components["schemas"]["Export"]["properties"]
    health["operationId"] = "get_health"
    health["tags"] = ["Unknown"]
    document["paths"]["/Health"] = {"get": health}
    components["schemas"]["file_page"] = components["schemas"].pop("FilePage")
    export["Due"] = export["dueDateTime"]
    export["completed"] = export["completedDateTime"]
    components["parameters"]["top"]["name"] = "page-size"
    components["schemas"]["ExportPage"]["properties"]["value"] = {"type": "object", "description": "Wrong."}
    del health["responses"]["503"]["headers"]["x-ms-error-code"]
    del health["responses"]["200"]["headers"]["x-ms-request-id"]
    found = {rule for rule, _ in spectral(document, tmp_path)}
    own = {name for name, rule in yaml.safe_load(RULES.read_text())["rules"].items() if isinstance(rule, dict)}
    assert own
    assert own | {"operation-tag-defined", "invalid-ref"} <= found


def test_redocly_finds_faults(tmp_path: Path) -> None:
    document = copy.deepcopy(openapi_document())
    del document["info"]["license"]
    document["components"]["schemas"]["Unused"] = {"type": "string"}
    found = {rule for rule, _ in redocly(document, tmp_path)}
    assert {"info-license", "no-unused-components"} <= found
