"""What decides every outcome of a run beside what is judged: skafu's own code, Python, what is installed."""

from __future__ import annotations

import glob
import hashlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path

from skafu.cache.inputs import fingerprint

PACKAGE = Path(__file__).parent.parent


def surroundings(others: tuple[Path, ...]) -> str:
    """SHA-256, in hexadecimal, over our code, the version of Python and the names and versions of all packages.

    Names of folders say it all (`cfn_lint-1.58.0.dist-info`), so no judge and no metadata is read.

    Args:
        others: homes of further Python environments that take part: Checkov's.
    """
    parts = [sys.version, sys.platform, fingerprint(str(PACKAGE), ".")]
    parts += _installed(sys.path)
    for home in others:
        parts += ["", _python(home), *_installed(_packages(home))]
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogateescape")).hexdigest()


def _installed(folders: Iterable[str]) -> list[str]:
    found = set()
    for folder in folders:
        try:
            found |= {name for name in os.listdir(folder) if name.endswith((".dist-info", ".egg-info"))}
        except OSError:  # a zip archive, or not there
            continue
    return sorted(found)


def _packages(home: Path) -> list[str]:
    patterns = ("lib/python3*/site-packages", "lib/python3*/dist-packages", "Lib/site-packages")
    return [folder for pattern in patterns for folder in glob.glob(f"{glob.escape(str(home))}/{pattern}")]


def _python(home: Path) -> str:
    """Which Python a virtual environment has, in the words of the tool that made it."""
    try:
        lines = (home / "pyvenv.cfg").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return ""
    return "\n".join(sorted(line for line in lines if line.startswith(("version", "implementation"))))
