"""Where Checkov lives: an environment of its own, because its pins and ours cannot stand together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from skafu.adapters.checkov_place import PLACE
from skafu.environments import making
from skafu.environments.making import REMEDY, NotReady, Ready, Status, Tool
from skafu.model.errors import JudgeError, SkafuError

__all__ = ["LOCK", "REMEDY", "NotReady", "Ready", "install", "status"]

LOCK = Path(__file__).with_name("checkov.lock")


def status() -> Status:
    """Whether the locked Checkov is there. Reads a few files; starts nothing."""
    return making.status(_tool())


def install(report: Callable[[str], None]) -> None:
    """Make the environment anew from the lock file, telling `report` one line at a time.

    Raises:
        JudgeError: it could not be made; the message ends with what the installer said last.
    """
    try:
        making.install(_tool(), report)
    except SkafuError as error:
        raise JudgeError(error.message) from error


def _tool() -> Tool:
    return Tool("Checkov", "checkov", LOCK, PLACE)
