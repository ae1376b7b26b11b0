"""Who holds a lock: a person or pipeline, a run, and the process on its machine."""

from __future__ import annotations

import json
import math
import os
import secrets
import socket
from dataclasses import asdict, dataclass
from pathlib import Path

SCHEMA = 1
"""Number of the form of a lock's content."""

_STATE, _START = 0, 19
"""Places of the state and the start time behind the name of the process in /proc/<pid>/stat: see proc_pid_stat(5)."""

_DEAD = frozenset("XxZ")


@dataclass(frozen=True, slots=True)
class Holder:
    """What the content of a lock says.

    Attributes:
        owner: who deploys.
        run: id of the run.
        since: when it took the lock, ISO 8601; for people.
        ttl: seconds in which it promises to renew the lock.
        host: name of the machine; for people.
        kernel: tells one boot of one machine, and one namespace of processes in it, from all others; empty where that
            cannot be told.
        process: its number and when it started.
        nonce: tells this taking of the lock from all others.
    """

    owner: str
    run: str
    since: str
    ttl: float
    host: str
    kernel: str
    process: str
    nonce: str

    def content(self, renewals: int) -> bytes:
        """The content of the lock. No two are alike, so that each has an ETag of its own."""
        fields = {"schema": SCHEMA, **asdict(self), "renewals": renewals}
        return json.dumps(fields, indent=2, sort_keys=True).encode()

    @property
    def is_gone(self) -> bool:
        """Whether it ran here, in this very boot, and does not any more."""
        return bool(self.kernel) and self.kernel == this_kernel() and not is_alive(self.process)


def here(owner: str, run: str, since: str, ttl: float) -> Holder:
    """This process, about to take a lock."""
    return Holder(
        owner=owner,
        run=run,
        since=since,
        ttl=ttl,
        host=socket.gethostname(),
        kernel=this_kernel(),
        process=process(os.getpid()),
        nonce=secrets.token_hex(16),
    )


def read(content: bytes) -> tuple[Holder, int] | None:
    """The holder and how often it has renewed its lock; None where skafu did not write this."""
    try:
        fields = json.loads(content)
        if fields.pop("schema") != SCHEMA:
            return None
        renewals, ttl = int(fields.pop("renewals")), float(fields.pop("ttl"))
        texts = {name: str(value) for name, value in fields.items()}
        holder = Holder(ttl=ttl, **texts)
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        return None
    return (holder, renewals) if math.isfinite(ttl) and ttl > 0 else None


def this_kernel() -> str:
    """This machine, its boot, and the namespaces that give processes their numbers and times."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        spaces = [os.readlink(f"/proc/self/ns/{kind}") for kind in ("pid", "time")]  # noqa: PTH115 - no path
    except OSError:
        return ""
    return " ".join((socket.gethostname(), boot, *spaces))


def process(number: int) -> str:
    """A process by its number and the time it started: numbers are used again."""
    fields = _stat(number)
    return f"{number} {fields[_START]}" if fields else str(number)


def is_alive(named: str) -> bool:
    """Whether a process of this machine may still run. One that cannot be looked at does."""
    number, _, start = named.partition(" ")
    try:
        pid = int(number)
        if pid <= 0:
            return True
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError, ValueError):
        return True
    fields = _stat(pid)
    return not fields or (fields[_STATE] not in _DEAD and start in {"", fields[_START]})


def _stat(number: int) -> list[str]:
    try:
        line = Path(f"/proc/{number}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return line.rpartition(")")[2].split()
