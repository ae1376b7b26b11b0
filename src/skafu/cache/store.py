"""Entries in a folder, one file each. Whatever is wrong with a file, it is as if it were not there."""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import stat
import zlib
from pathlib import Path
from typing import Protocol

VARIABLE = "SKAFU_CACHE"
"""Names the folder, where it shall not be the user's own cache folder."""

HEADER = b"skafu cache 1 "
"""What every entry begins with; the number changes with the form of an entry."""

SHARD_ENTRIES = 64
"""Entries of one of the 256 folders, 16,384 in all: twenty states of an estate of 200 stacks and 4 entries each."""

SHARD_BYTES = 1_048_576
"""Bytes of one of the 256 folders, 256 MB in all, so that a large entry has room beside small ones."""

SHARED = stat.S_IWOTH
"""A folder that everybody can write to proves nothing."""


class Store(Protocol):
    """Where bytes are kept under a key, which is a digest in hexadecimal."""

    def get(self, key: str) -> bytes | None:
        """What was kept under `key`, to the last byte; None if it was not, or is damaged."""

    def put(self, key: str, body: bytes) -> None:
        """Keep `body`. Never fails: what cannot be kept will be worked out again."""


class _Nothing:
    """Keeps nothing."""

    def get(self, key: str) -> bytes | None:  # noqa: ARG002  (a store that forgets all)
        return None

    def put(self, key: str, body: bytes) -> None:
        pass


NOTHING: Store = _Nothing()
"""The store of `--no-cache`."""


class Folder:
    """A store that several runs may use at once.

    Args:
        path: made when the first entry is kept.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def get(self, key: str) -> bytes | None:
        """What was kept under `key`. An entry that was cut off, changed or renamed is none."""
        try:
            with open(self._file(key), "rb") as file:
                content = file.read()
        except OSError:
            return None
        head, newline, body = content.partition(b"\n")
        return zlib.decompress(body) if newline and head == _head(key, body) else None

    def put(self, key: str, body: bytes) -> None:
        """Keep `body`, whole or not at all, and drop the oldest entries beside it where there are too many."""
        packed = zlib.compress(body, level=1)
        file = Path(self._file(key))
        partial = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
        try:
            self._path.mkdir(mode=0o700, parents=True, exist_ok=True)
            file.parent.mkdir(exist_ok=True)
            try:
                partial.write_bytes(_head(key, packed) + b"\n" + packed)
                partial.replace(file)  # a reader finds the old entry or the new one, never half of one
            finally:
                partial.unlink(missing_ok=True)
            _prune(file.parent)
        except OSError:
            return

    def _file(self, key: str) -> str:
        return f"{self._path}/{key[:2]}/{key[2:]}"


def open_store() -> Store:
    """The store in `$SKAFU_CACHE`, else in the user's cache folder; `NOTHING` where none can be trusted."""
    path = _place()
    try:
        found = path.stat()
    except FileNotFoundError:
        return Folder(path)
    except OSError:
        return NOTHING
    return Folder(path) if stat.S_ISDIR(found.st_mode) and _ours(found) else NOTHING


def _place() -> Path:
    given = os.environ.get(VARIABLE)
    if given:
        return Path(given).absolute()
    if os.name == "nt":  # pragma: no cover
        base = os.environ.get("LOCALAPPDATA") or "~/AppData/Local"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(os.path.expanduser(base)).absolute() / "skafu"


def _ours(found: os.stat_result) -> bool:
    """Whether nobody but us (and root) can have put something there."""
    if os.name == "nt":  # pragma: no cover
        return True
    return found.st_uid in {os.geteuid(), 0} and not found.st_mode & SHARED


def _head(key: str, body: bytes) -> bytes:
    """The first line of an entry: a digest of the body and of the key, so that no entry answers for another."""
    return HEADER + hashlib.sha256(key.encode("ascii") + b"\0" + body).hexdigest().encode("ascii")


def _prune(shard: Path) -> None:
    entries = []
    with os.scandir(shard) as found:
        for entry in found:
            with contextlib.suppress(OSError):  # another run dropped it
                status = entry.stat()
                entries.append((status.st_mtime_ns, status.st_size, entry.path))
    entries.sort(reverse=True)
    size = 0
    for count, (_, bytes_, path) in enumerate(entries, start=1):
        size += bytes_
        if count > SHARD_ENTRIES or size > SHARD_BYTES:
            with contextlib.suppress(OSError):
                os.unlink(path)
