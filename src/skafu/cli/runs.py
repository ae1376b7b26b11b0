"""A run and its record: its id, who started it, what was typed."""

from __future__ import annotations

import getpass
import os
import secrets
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path

RUNS = Path("reports", "runs")
"""Where runs are recorded, below the root of the repository."""


def new_run(now: datetime) -> str:
    """An id that sorts by time: `20261122T101500Z-3f9a1c`."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def typed() -> str:
    """The command line, as a shell would take it."""
    return shlex.join(["skafu", *sys.argv[1:]])


def whoever() -> str:
    """Who runs skafu: the person that a pipeline names, else the user of this machine. For the record, not for trust."""
    for name in ("GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILD_USER_ID"):
        if os.environ.get(name):
            return os.environ[name]
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # an id that no user has
        return str(os.getuid())
