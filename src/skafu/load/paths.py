"""Paths that a file of the repository names: whether they lead to something inside of it."""

from __future__ import annotations

import os
from pathlib import Path


class PathError(Exception):
    """A path that cannot be used. The message is the end of the sentence that begins with the path."""


def inside(root: Path, file: str, written: str) -> Path:
    """What `written` means in `file`, whose path is relative to `root`; links are looked through.

    Raises:
        PathError: when it lies outside of the repository, does not exist, or cannot be followed.
    """
    root = root.resolve()
    try:
        path = Path(os.path.normpath((root / file).parent / written))
        real = path.resolve()  # before Python 3.13 a loop of links is a RuntimeError
        if not (path.is_relative_to(root) and real.is_relative_to(root)):
            raise PathError("lies outside of the repository")
        if not path.exists():
            raise PathError("does not exist")
    except OSError as error:
        raise PathError(f"cannot be followed: {error.strerror or error}") from None
    except (RuntimeError, ValueError) as error:
        said = "its links form a loop" if isinstance(error, RuntimeError) else str(error)
        raise PathError(f"cannot be followed: {said}") from None
    return path
