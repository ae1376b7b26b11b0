"""Where a tool with an environment of its own lives. Apart from the rest, for those who only want to know where."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """The environment of one tool.

    Attributes:
        folder: its name beside our own packages.
        variable: names the interpreter of an environment that somebody else keeps.
    """

    folder: str
    variable: str

    @property
    def given(self) -> bool:
        """Whether somebody else keeps it."""
        return self.variable in os.environ

    def interpreter(self) -> Path:
        """The Python of that environment, whether it is there or not."""
        if self.given:
            return Path(os.environ[self.variable])
        home = Path(sys.prefix) / self.folder
        return home / "Scripts" / "python.exe" if os.name == "nt" else home / "bin" / "python"

    def home(self) -> Path:
        """The folder of that environment."""
        return self.interpreter().parent.parent
