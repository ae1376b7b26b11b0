"""How long stacks took in earlier runs: it decides who goes first, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

from skafu.model.estate import StackId
from skafu.record.log import FILE

RUNS = 20
"""How many earlier deployments are looked at, from the latest back."""

AT_WORK = frozenset({"created", "updated", "imported"})
"""Results for which CloudFormation had something to do."""


def pace(folder: Path, stacks: Collection[StackId]) -> dict[StackId, float]:
    """Stack -> the seconds it took when CloudFormation last had something to do, as far as records tell.

    A record that cannot be read tells nothing: the order of work is right without it, only slower.

    Args:
        folder: of the run that goes on now. Those beside it count that deployed to the same endpoint.
        stacks: whose seconds are wanted.
    """
    wanted = {str(one): one for one in stacks}
    endpoint = _endpoint(folder)
    found: dict[StackId, float] = {}
    looked = 0
    for run in _earlier(folder):
        if looked == RUNS or len(found) == len(wanted):
            break
        if _endpoint(run) != endpoint:
            continue
        looked += 1
        for event in _told(run, "stack-done"):
            id_, seconds = wanted.get(event.get("stack", "")), event.get("seconds")
            if id_ is not None and event.get("result") in AT_WORK and isinstance(seconds, int | float):
                found.setdefault(id_, float(seconds))
    return found


def _earlier(folder: Path) -> list[Path]:
    """The runs beside this one, the latest first: their names sort by time."""
    try:
        return sorted((one for one in folder.parent.iterdir() if one.name != folder.name), reverse=True)
    except OSError:
        return []


def _endpoint(run: Path) -> str | None:
    return next((str(event.get("endpoint")) for event in _told(run, "deploy-started")), None)


def _told(run: Path, kind: str) -> Iterator[dict[str, Any]]:
    """The events of one kind; a line is read only where it may be one, for most are others."""
    try:
        with (run / FILE).open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                if f'"event": "{kind}"' in line:
                    event = json.loads(line)
                    if event.get("event") == kind:
                        yield event
    except (OSError, ValueError, AttributeError):
        return
