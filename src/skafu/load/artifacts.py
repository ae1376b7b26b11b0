"""Local artifacts that a template names -> the digest of its content.

The digest takes the place of the path in the effective template, so that approved code and deployed
code are the same code, and a change in a handler is a change of its stack.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from skafu.load.paths import PathError, inside
from skafu.load.problems import DocumentError, problem
from skafu.model.node import Node

IGNORED = {"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".DS_Store"}
"""What tools leave behind beside code; it is never packaged."""


def digest_artifact(root: Path, template: str, node: Node) -> str:
    """SHA-256 over names, content and executability of what `node` names, relative to the folder of `template`.

    Raises:
        DocumentError: when it does not exist, lies outside of the repository, or cannot be read as a whole.
    """
    written = str(node.value)
    try:
        path = inside(root, template, written)
        return _digest(path)
    except PathError as error:
        said = f"{written} {error}"
    except OSError as error:
        said = f"{written} cannot be read: {error.strerror or error}"
    raise DocumentError(problem("template-artifact", said, node.location))


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    for file in _files(path):
        content = file.read_bytes()
        name = os.fsencode(file.relative_to(path).as_posix() if path.is_dir() else file.name)
        runs = (
            b"x" if file.stat().st_mode & stat.S_IXUSR else b""
        )  # Lambda starts a bootstrap only with this bit
        digest.update(b"%s\0%d%s\0" % (name, len(content), runs))
        digest.update(content)
    return digest.hexdigest()


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    if not path.is_dir():
        _regular(path)
    for here, folders, files in os.walk(path, onerror=_stop):
        links = sorted(name for name in [*folders, *files] if Path(here, name).is_symlink())
        if links:
            raise PathError(f"holds the symbolic link {links[0]}, and what lies behind it is not judged")
        folders[:] = sorted(name for name in folders if name not in IGNORED)
        for name in sorted(files):
            if name not in IGNORED and not name.endswith(".pyc"):
                yield _regular(Path(here, name), f"holds {name}, which ")


def _regular(path: Path, whose: str = "") -> Path:
    """The path, if a file stands there: reading a pipe would never end."""
    if not path.is_file():
        raise PathError(f"{whose}is neither a file nor a folder")
    return path


def _stop(error: OSError) -> None:
    raise error
