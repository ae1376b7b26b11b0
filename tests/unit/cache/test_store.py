from __future__ import annotations

import os
import subprocess
import sys

import pytest

from skafu.cache import NOTHING, Folder, open_store
from skafu.cache.store import SHARD_ENTRIES

KEY = "ab" + "0" * 62
OTHER = "ab" + "1" * 62
NEW = "ab" + "f" * 62


def entry(folder, key=KEY):
    return folder / key[:2] / key[2:]


def test_what_was_kept_is_found_to_the_last_byte(tmp_path):
    Folder(tmp_path / "new").put(KEY, b"a\n\0b\n")
    assert Folder(tmp_path / "new").get(KEY) == b"a\n\0b\n"


def test_what_was_not_kept_is_not_found(tmp_path):
    assert Folder(tmp_path).get(KEY) is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda content: content[:-1],
        lambda content: content[: len(content) // 2],
        lambda content: content + b"\n",
        lambda content: content[:-1] + bytes([content[-1] ^ 1]),
        lambda content: content.replace(b"skafu cache 1", b"skafu cache 0"),
        lambda content: content.partition(b"\n")[2],
        lambda content: b"\n" + content,
        lambda _: b'{"approved": true}\n',
    ],
    ids=["empty", "one-byte", "half", "longer", "one-bit", "form", "no-head", "shifted", "foreign"],
)
def test_an_entry_that_is_not_as_it_was_written_is_none(tmp_path, damage):
    Folder(tmp_path).put(KEY, b"approved" * 100)
    entry(tmp_path).write_bytes(damage(entry(tmp_path).read_bytes()))
    assert Folder(tmp_path).get(KEY) is None


def test_an_entry_under_the_name_of_another_is_none(tmp_path):
    Folder(tmp_path).put(KEY, b"approved")
    entry(tmp_path).rename(entry(tmp_path, OTHER))
    assert Folder(tmp_path).get(OTHER) is None


def test_a_damaged_entry_is_replaced_by_the_next(tmp_path):
    Folder(tmp_path).put(KEY, b"first")
    entry(tmp_path).write_bytes(b"broken")
    Folder(tmp_path).put(KEY, b"second")
    assert Folder(tmp_path).get(KEY) == b"second"


def test_a_folder_that_cannot_be_written_keeps_nothing_and_says_nothing(tmp_path, capfd):
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "file", tmp_path / "file" / "below", tmp_path / ("x" * 300)):
        Folder(place).put(KEY, b"body")
        assert Folder(place).get(KEY) is None
    assert capfd.readouterr() == ("", "")


def test_the_oldest_entries_of_a_folder_give_way(tmp_path):
    keys = [f"ab{number:062x}" for number in range(SHARD_ENTRIES + 3)]
    store = Folder(tmp_path)
    for age, key in enumerate(keys):
        store.put(key, key.encode())
        os.utime(entry(tmp_path, key), (age, age))
    store.put(NEW, b"new")
    assert [store.get(key) is None for key in keys] == [True] * 4 + [False] * (SHARD_ENTRIES - 1)
    assert store.get(NEW) == b"new"


WRITER = """
import sys
from pathlib import Path
from skafu.cache import Folder
store, body = Folder(Path(sys.argv[1])), sys.argv[2].encode() * 20_000
for number in range(300):
    store.put(f"ab{number % 7:062x}", body)
    found = store.get(f"ab{number % 5:062x}")
    assert found is None or found in (b"x" * 20_000, b"y" * 20_000), found[:50]
"""


def test_two_processes_write_the_same_entries_at_once(tmp_path):
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path), letter], stderr=subprocess.PIPE)
        for letter in "xy"
    ]
    assert [(writer.communicate()[1], writer.returncode) for writer in writers] == [(b"", 0)] * 2
    left = sorted(path.name for path in tmp_path.rglob("*") if path.is_file())
    assert left == [f"{number:062x}" for number in range(7)]


def test_the_folder_is_the_one_named_else_the_users_own(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setenv("SKAFU_CACHE", str(tmp_path / "named"))
    open_store().put(KEY, b"body")
    assert entry(tmp_path / "named").is_file()
    monkeypatch.setenv("SKAFU_CACHE", "")
    open_store().put(KEY, b"body")
    assert entry(tmp_path / "xdg" / "skafu").is_file()


def test_only_its_owner_can_look_into_a_folder_that_skafu_makes(tmp_path):
    Folder(tmp_path / "made").put(KEY, b"body")
    assert (tmp_path / "made").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_everybody_can_write_to_is_not_used(tmp_path, monkeypatch):
    monkeypatch.setenv("SKAFU_CACHE", str(tmp_path))
    Folder(tmp_path).put(KEY, b"approved")
    assert open_store().get(KEY) == b"approved"
    tmp_path.chmod(0o777)
    assert open_store() is NOTHING


def test_what_is_no_folder_is_not_used(monkeypatch):
    monkeypatch.setenv("SKAFU_CACHE", os.devnull)
    assert open_store() is NOTHING
    assert NOTHING.get(KEY) is None
