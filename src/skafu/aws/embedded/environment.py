"""Where MiniStack lives: an environment of its own, because it pins botocore exactly."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from skafu.environments import making
from skafu.environments.making import NotReady, Ready, Status, Tool
from skafu.environments.place import Place

__all__ = ["LOCK", "NotReady", "Ready", "install", "status"]

LOCK = Path(__file__).with_name("ministack.lock")

PLACE = Place("ministack", "SKAFU_MINISTACK_PYTHON")


def status() -> Status:
    """Whether the locked MiniStack is there. Reads a few files; starts nothing."""
    return making.status(_tool())


def install(report: Callable[[str], None]) -> None:
    """Make the environment anew from the lock file, telling `report` one line at a time.

    Raises:
        SkafuError: it could not be made; the message ends with what the installer said last.
    """
    making.install(_tool(), report)


def _tool() -> Tool:
    return Tool("MiniStack", "ministack", LOCK, PLACE)
