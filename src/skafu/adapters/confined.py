"""Where a judge runs: alone, in an empty folder that is also its home, knowing nothing about us."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from skafu.adapters.worker import Worker

CHILDREN = Path(__file__).parent / "children"

KEPT = ("PATH", "SYSTEMROOT", "TEMP", "TMP", "TMPDIR", "LD_LIBRARY_PATH")
"""What a program needs to start. Everything else stays outside: credentials, proxies, settings of judges."""


class ConfinedWorker(Worker):
    """A worker whose child finds no configuration file, no credentials and no settings of ours.

    Args:
        python: the interpreter.
        script: file name of the child in `children/`.
        settings: environment variables for this child alone.
    """

    def __init__(self, python: str, script: str, **settings: str) -> None:
        self._home = tempfile.TemporaryDirectory(prefix="skafu-")
        home = Path(self._home.name)
        super().__init__([python, str(CHILDREN / script)], env=_environment(home, settings), cwd=home)

    def close(self) -> None:
        """End the child and remove its folder. Safe to call twice; nothing can be asked afterwards."""
        super().close()
        self._home.cleanup()


def _environment(home: Path, settings: dict[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {
        **kept,
        "HOME": str(home),
        "USERPROFILE": str(home),
        "XDG_CONFIG_HOME": str(home),
        # The same strings hash alike in every run, so that nothing the judge iterates over moves.
        "PYTHONHASHSEED": "0",
        "PYTHONNOUSERSITE": "1",
        "PYTHONUTF8": "1",
        **settings,
    }
