"""The access keys: made once, private, each for its own purpose."""

from pathlib import Path

from local.host.access_keys import read_or_make_keys


def test_keys_are_made_once_and_are_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keys = read_or_make_keys(path)
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_or_make_keys(path) == keys
    assert read_or_make_keys(tmp_path / "others.json") != keys


def test_a_key_opens_what_it_is_for(tmp_path: Path) -> None:
    keys = read_or_make_keys(tmp_path / "keys.json")
    assert (keys.opens_function(keys.function), keys.opens_durable(keys.durable)) == (True, True)
    for wrong in (None, "", "wrong", "\udcff"):
        assert not keys.opens_function(wrong)
        assert not keys.opens_durable(wrong)
    assert not keys.opens_function(keys.durable)
    assert not keys.opens_durable(keys.function)
