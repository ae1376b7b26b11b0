"""Which interpreter has Checkov. Apart from the rest, for those who only want to know where it is."""

from __future__ import annotations

import os
import sys
from pathlib import Path

VARIABLE = "SKAFU_CHECKOV_PYTHON"
"""Names the interpreter of an environment that somebody else keeps."""


def interpreter() -> Path:
    """The Python of Checkov's environment, whether it is there or not."""
    given = os.environ.get(VARIABLE)
    if given is not None:
        return Path(given)
    home = Path(sys.prefix) / "checkov"
    return home / "Scripts" / "python.exe" if os.name == "nt" else home / "bin" / "python"


def home() -> Path:
    """The folder of that environment."""
    return interpreter().parent.parent
