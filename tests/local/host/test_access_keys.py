"""The access keys: made once, private, each for its own purpose."""

import json
from pathlib import Path

from local.host.access_keys import read_or_make_keys


def test_keys_are_made_once_and_are_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keys = read_or_make_keys(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_or_make_keys(path) == keys
    assert read_or_make_keys(tmp_path / "others.json") != keys


def test_keys_that_a_file_lacks_are_added(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"functionKeys": {"default": "f"}, "systemKeys": {"durabletask_extension": "d"}}))
    keys = read_or_make_keys(path)
    assert (keys.function, keys.durable) == ("f", "d")
    assert read_or_make_keys(path) == keys


def test_a_key_opens_what_it_is_for(tmp_path: Path) -> None:
    keys = read_or_make_keys(tmp_path / "keys.json")

    def opened(key: str | None) -> tuple[list[bool], bool, bool, bool]:
        levels = [keys.opens_level(level, key) for level in ("anonymous", "function", "admin")]
        return levels, keys.opens_durable(key), keys.opens_host(key), keys.is_known(key)

    assert opened(keys.master) == ([True, True, True], True, True, True)
    assert opened(keys.function) == ([True, True, False], False, False, True)
    assert opened(keys.durable) == ([True, False, False], True, False, True)
    for wrong in (None, "", "wrong", "\udcff"):
        assert opened(wrong) == ([True, False, False], False, False, False)
