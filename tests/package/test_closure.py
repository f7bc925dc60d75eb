"""Which files of installed distributions are kept and which are left out."""

from pathlib import Path

import pytest

from tools.package.closure import Kept, closure
from tools.package.site import Module, Site


class Folder:
    """A folder of installed distributions, and an app next to it."""

    def __init__(self, root: Path) -> None:
        self.site, self.app = root / "site", root / "app.py"
        self.app.write_text("", "utf-8")

    def install(self, name: str, files: dict[str, str], *, needs: str = "", entry_points: str = "") -> None:
        info = f"{name.replace('-', '_')}-1.dist-info"
        requires = f"Requires-Dist: {needs}\n" if needs else ""
        metadata = {
            f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n{requires}",
            f"{info}/entry_points.txt": entry_points,
            f"{info}/licenses/LICENSE": "Free",
            f"{info}/WHEEL": "",
        }
        record = f"{info}/RECORD"
        for path, text in {**files, **metadata, record: "\n".join(f"{one},," for one in [*files, *metadata])}.items():
            file = self.site / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")

    def kept(self, source: str, *roots: str) -> Kept:
        self.app.write_text(source, "utf-8")
        return closure(Site(self.site), [Module("app", self.app)], roots)


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_imported_modules_are_kept_and_others_are_not(folder: Folder) -> None:
    folder.install("at-once", {"at_once.py": "import deeper"})
    folder.install("deeper", {"deeper/__init__.py": "def f():\n import deepest"})
    folder.install("deepest", {"deepest.py": ""})
    folder.install("for-types", {"for_types.py": ""})
    folder.install("unused", {"unused.py": ""})
    source = "import at_once\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n import for_types"

    assert folder.kept(source).distributions == {"at-once", "deeper", "deepest"}
    assert folder.kept("", "unused").distributions == {"unused"}


def test_modules_that_nothing_reaches_are_left_out(folder: Folder) -> None:
    folder.install("library", {"library/__init__.py": "", "library/odd.py": "import oddity"})
    folder.install("oddity", {"oddity.py": ""})

    assert folder.kept("import library").distributions == {"library"}
    assert folder.kept("from library import odd").distributions == {"library", "oddity"}


def test_what_compiled_parts_need_is_kept_unseen(folder: Folder) -> None:
    folder.install("fast", {"fast/__init__.py": "", "fast/core.cpython-313.so": ""}, needs="unseen>=1")
    folder.install("unseen", {"unseen.py": ""})
    folder.install("slow", {"slow.py": ""}, needs="unsaid")
    folder.install("unsaid", {"unsaid.py": ""})

    assert folder.kept("import fast, slow").distributions == {"fast", "slow", "unseen"}


def test_entry_points_are_kept_where_they_can_be_imported(folder: Folder) -> None:
    folder.install("good", {"good.py": "import json"}, entry_points="[plugins]\ngood = good:Plugin")
    folder.install("bad", {"bad.py": "import not_installed"}, entry_points="[plugins]\nbad = bad:Plugin")
    folder.install("tool", {"tool.py": ""}, entry_points="[console_scripts]\ntool = tool:main")

    kept = folder.kept("")

    assert kept.distributions == {"good"}
    assert kept.offered == {"good"}


SDK = {
    "msgraph/__init__.py": "from .client import Client",
    "msgraph/client.py": "from .base import Base\nclass Client:\n def users(self):\n  from .users import Users",
    "msgraph/base.py": "",
    "msgraph/users.py": "",
    "msgraph/models/post.py": "def read():\n from .error import Error",
    "msgraph/models/error.py": "",
    "msgraph/models/entity.py": "",
}


def test_of_the_sdk_the_used_modules_are_kept_and_what_is_loaded_with_them(folder: Folder) -> None:
    folder.install("msgraph-sdk", SDK)

    kept = folder.kept("def f():\n from msgraph.models.post import Post")

    assert kept.distributions == {"msgraph-sdk"}
    used, loaded = {"msgraph.models.post", "msgraph.models.error"}, {"msgraph", "msgraph.client", "msgraph.base"}
    assert kept.modules == used | loaded
    assert "msgraph.users" in folder.kept("from msgraph.client import Client").modules


def test_of_a_library_what_is_of_use_at_run_time_is_kept_with_its_licence(folder: Folder) -> None:
    files = [
        "library/__init__.py",
        "library/data.pem",
        "library/tests/test.py",
        "library/x.pyi",
        "library/x.c",
        "bin/x",
    ]
    folder.install("library", dict.fromkeys(files, ""))
    site = Site(folder.site)

    assert {str(path.relative_to(folder.site)) for path in site.files("library")} == {
        "library/__init__.py",
        "library/data.pem",
        "library-1.dist-info/METADATA",
        "library-1.dist-info/entry_points.txt",
        "library-1.dist-info/licenses/LICENSE",
    }
