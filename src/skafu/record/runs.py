"""The records of earlier runs, as they lie beside one another."""

from __future__ import annotations

import fcntl
from dataclasses import dataclass
from pathlib import Path

from skafu.record.log import FILE


@dataclass(frozen=True, slots=True)
class Kept:
    """How many runs are recorded, and how many bytes their logs take."""

    runs: int
    size: int


def kept(folder: Path) -> Kept:
    """What is recorded in `folder`, one folder for each run; nothing where there is no such folder."""
    sizes = [log.stat().st_size for log in folder.glob(f"*/{FILE}") if log.is_file()]
    return Kept(len(sizes), sum(sizes))


def goes_on(folder: Path) -> bool:
    """Whether a process on this machine is writing the record in `folder` at this moment."""
    try:
        with (folder / FILE).open("rb") as log:
            fcntl.flock(log, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False  # no such record, or a file system without locks
    return False
