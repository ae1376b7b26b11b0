"""Whether an embedded endpoint is at work in a folder, told by its lock: a statement alone may be an old one."""

from __future__ import annotations

import fcntl
import json
import os
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from skafu.model.errors import SkafuError

LOCAL = Path(".skafu", "local")
"""Where a repository keeps its embedded endpoint: state, log, lock. Nothing in it is committed."""

LOG = "log"

PATIENCE = 10.0
"""Seconds that a running endpoint may take to answer a small question."""


@dataclass(frozen=True, slots=True)
class Running:
    """It is at work.

    Attributes:
        url: where it listens, e.g. `http://127.0.0.1:40001`.
        pid: its process.
        version: of MiniStack.
        since: when it was started, seconds since 1970, UTC.
        shared: whether any command may use it. One that a command started for itself ends with that command.
    """

    url: str
    pid: int
    version: str
    since: float
    shared: bool


@dataclass(frozen=True, slots=True)
class Broken:
    """It is gone and has not saved: whatever was done since then is lost, what was saved before is there.

    Attributes:
        since: when it was started, seconds since 1970, UTC.
    """

    since: float


@dataclass(frozen=True, slots=True)
class Beginning:
    """It has the lock and does not say yet where it listens."""


@dataclass(frozen=True, slots=True)
class Resting:
    """None is at work; what was deployed is in the folder."""


Found: TypeAlias = Running | Broken | Beginning | Resting


def look(folder: Path) -> Found:
    """What the lock and the statement in `folder` say together."""
    try:
        told = json.loads((folder / "server.json").read_text(encoding="utf-8"))
        stated = Running(**told)
    except FileNotFoundError:
        stated = None
    except (OSError, ValueError, TypeError) as error:
        raise SkafuError(f"{folder / 'server.json'} cannot be read: {error}.", hint="Remove it.") from error
    if _locked(folder / "lock"):
        return stated or Beginning()
    return Broken(stated.since) if stated else Resting()


def healthy(url: str, patience: float = PATIENCE) -> bool:
    """Whether it answers."""
    try:
        _ask(f"{url}/_ministack/health", patience)
    except (OSError, ValueError):
        return False
    return True


def stacks(url: str) -> Mapping[str, Mapping[str, int]]:
    """How many stacks there are: account -> region -> number.

    Raises:
        SkafuError: it does not answer.
    """
    try:
        found: Mapping[str, Mapping[str, int]] = _ask(f"{url}/_skafu/stacks", PATIENCE)
    except (OSError, ValueError) as error:
        raise SkafuError(
            f"the embedded endpoint at {url} does not answer: {error}.",
            hint="`skafu local stop`, then start it again.",
        ) from error
    return found


def size(folder: Path) -> int:
    """Bytes of what is kept there."""
    total = 0
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):  # it is written at this moment
            total += path.lstat().st_size if path.is_file() else 0
    return total


def _ask(url: str, patience: float) -> Any:
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with direct.open(url, timeout=patience) as answer:
        return json.load(answer)


def _locked(lock: Path) -> bool:
    try:
        handle = os.open(lock, os.O_RDWR)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise SkafuError(f"{lock} cannot be opened: {error.strerror or error}.") from error
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
