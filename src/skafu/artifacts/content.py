"""What lies behind a path of a template, file by file, and whether it is still what was approved.

The files, their order and the digest are those of `skafu.load.artifacts`: what is packed is what was judged.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from skafu.artifacts.failure import ArtifactError

IGNORED = frozenset({"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".DS_Store"})
"""What tools leave behind beside code; it is neither digested nor packed."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One file of an artifact.

    Attributes:
        name: path relative to the folder that was named, with forward slashes; of a file that was named, its name.
        content: what is in it.
        runs: whether its owner may execute it. Lambda starts a bootstrap only then.
    """

    name: str
    content: bytes
    runs: bool


def files(source: Path) -> Iterator[tuple[str, Path]]:
    """Every file of `source` with its name in the artifact; each folder's files first, then its folders, sorted.

    Raises:
        ArtifactError: it holds a link, or something that is neither a file nor a folder.
        OSError: it cannot be read.
    """
    if source.is_file():
        yield source.name, source
        return
    for here, folders, names in os.walk(source, onerror=_stop):
        folders[:] = sorted(name for name in folders if name not in IGNORED)
        wanted = sorted(name for name in names if name not in IGNORED and not name.endswith(".pyc"))
        for name in (*folders, *wanted):
            if Path(here, name).is_symlink():
                raise ArtifactError(f"{Path(here, name).relative_to(source)} is a symbolic link")
        for name in wanted:
            path = Path(here, name)
            if not path.is_file():
                raise ArtifactError(f"{path.relative_to(source)} is neither a file nor a folder")
            yield path.relative_to(source).as_posix(), path


def piece(name: str, path: Path) -> Piece:
    """One file, read."""
    with path.open("rb") as file:
        runs = bool(os.fstat(file.fileno()).st_mode & stat.S_IXUSR)
        return Piece(name, file.read(), runs)


def approved(source: Path, digest: str, shown: str) -> Iterator[Piece]:
    """Every file of `source`, read once. After the last one it is certain that they are what was approved.

    Args:
        source: a file or a folder.
        digest: SHA-256 over names, content and executability, in hexadecimal, as approved.
        shown: what people call the source.

    Raises:
        ArtifactError: they are not, or they cannot be read. What was made of the pieces must then be thrown away.
    """
    found = hashlib.sha256()
    try:
        for name, path in files(source):
            one = piece(name, path)
            found.update(b"%s\0%d%s\0" % (os.fsencode(name), len(one.content), b"x" if one.runs else b""))
            found.update(one.content)
            yield one
    except OSError as error:
        raise ArtifactError(f"{shown} cannot be read: {error.strerror or error}") from error
    except ArtifactError as error:
        raise _edited(shown, f", and now {error.message}") from error
    if found.hexdigest() != digest:
        raise _edited(shown, "")


def _edited(shown: str, more: str) -> ArtifactError:
    return ArtifactError(
        f"{shown} was edited after it was approved{more}",
        hint="Run it again: it is then judged as it is now.",
    )


def _stop(error: OSError) -> None:
    raise error
