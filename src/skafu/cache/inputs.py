"""Files and folders that something was worked out from -> whether they are still the same."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator

LEFT_BEHIND = (".pyc", ".DS_Store")
"""How the names of files end that tools leave beside those of people; they do not count among what is in a folder.

Everything else counts, wherever it stands: skafu reads a `stack.yaml` or a policy below `__pycache__`, too.
"""


def fingerprint(root: str, path: str, *, leaving_out: frozenset[str] = frozenset()) -> str:
    """SHA-256, in hexadecimal, over what stands at `path`: names, links and content; also of what is not there.

    Args:
        root: the folder that `path` and `leaving_out` are relative to.
        path: a file or a folder; of a folder outside of `root` only the place counts.
        leaving_out: files that do not count.
    """
    whole = os.path.join(root, path)
    digest = hashlib.sha256()
    # Where links on the way lead is part of it: skafu refuses what lies outside of a repository.
    try:
        real = os.path.relpath(os.path.realpath(whole), os.path.realpath(root))
    except ValueError:  # it holds a character that no path can hold
        return "no path"
    digest.update(real.encode(errors="surrogateescape"))
    if not os.path.isdir(whole):
        digest.update(_said(whole))
        return digest.hexdigest()
    if real.startswith(".."):
        return digest.hexdigest()  # it could be the whole disk
    for file in _files(whole):
        name = os.path.relpath(file, root)
        if name not in leaving_out:
            digest.update(b"\0" + name.encode(errors="surrogateescape") + b"\0" + _said(file))
    return digest.hexdigest()


def _said(file: str) -> bytes:
    """A digest of a file's content, or why there is none."""
    link = os.readlink(file).encode(errors="surrogateescape") + b"\0" if os.path.islink(file) else b""
    try:
        if not stat.S_ISREG(os.stat(file).st_mode):
            return link + b"no file"  # reading a pipe would empty it
        with open(file, "rb") as opened:
            runs = b"x " if os.fstat(opened.fileno()).st_mode & stat.S_IXUSR else b""
            return link + b"content " + runs + hashlib.sha256(opened.read()).digest()
    except OSError as error:
        return link + b"error %d" % (error.errno or 0)


def _files(folder: str) -> Iterator[str]:
    closed: list[str] = []
    for here, folders, files in os.walk(folder, onerror=lambda error: closed.append(str(error.filename))):
        links = [name for name in folders if os.path.islink(f"{here}/{name}")]
        folders.sort()
        for name in sorted([*files, *links]):
            if not name.endswith(LEFT_BEHIND):
                yield f"{here}/{name}"
    yield from sorted(closed)
