"""Conventions for every file: unique names, and a test module for each module."""

from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHARED_NAMES = {"__init__.py", "__main__.py", "conftest.py", "function_app.py"}
"""Names that the language, pytest or the platform requires."""
WITHOUT_A_TEST_OF_THEIR_OWN = {
    "protocols.py": "values and Protocols; tests/contract holds each implementation to them",
    "settings_reader.py": "test_settings.py reads every setting",
    "services.py": "puts the records together; test_bootstrap.py and every test of a use case run it",
    "telemetry_names.py": "enums; tests/infra compares the alerts and the workbook with them",
    "table_names.py": "an enum; tests/infra compares it with the templates",
    "export_account.py": "plain values; test_export_account_fit.py and test_export_account_settings.py have all",
    "preflight_check.py": "plain values that test_run_preflight.py and test_export_account_fit.py have",
    "step_result.py": "a plain value that every step returns",
    "package_texts.py": "the fields of the texts; test_text_catalogue.py looks at those of every language",
    **dict.fromkeys(("english.py", "french.py", "german.py", "spanish.py"), "texts; test_text_catalogue.py has all"),
    "handover_zip_style.py": "a style sheet; tests/pages looks at it in a browser",
    "openapi_examples.py": "test_openapi_document.py validates each example",
    "openapi_components.py": "test_openapi_document.py validates the document",
    "export_operations.py": "test_openapi_document.py validates the document",
    "batch_operations.py": "test_openapi_document.py validates the document",
    "hold_operations.py": "test_openapi_document.py validates the document",
    "file_operations.py": "test_openapi_document.py validates the document",
    "subscription_operations.py": "test_openapi_document.py validates the document",
    "service_operations.py": "test_openapi_document.py validates the document",
}
MODULES = sorted(path for path in (ROOT / "shared").rglob("*.py") if path.name != "__init__.py")


def test_no_two_files_have_one_name() -> None:
    files = [path.name for folder in ("shared", "local", "tools", "bench", "tests") for path in sources(ROOT / folder)]
    assert [name for name, count in Counter(files).items() if count > 1 and name not in SHARED_NAMES] == []


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_each_module_has_a_test_module_of_its_name(module: Path) -> None:
    tests = list((ROOT / "tests").rglob(f"test_{module.name}"))
    assert bool(tests) != (module.name in WITHOUT_A_TEST_OF_THEIR_OWN), tests


def test_each_exception_is_needed() -> None:
    assert set(WITHOUT_A_TEST_OF_THEIR_OWN) <= {module.name for module in MODULES}


def sources(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*.py") if ".local" not in path.parts]
