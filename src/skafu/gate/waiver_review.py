"""What is not right about the waivers themselves: they expire, cover nothing, or allow more than they cover."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from skafu.gate.waivers import Register, allows, names
from skafu.model.estate import StackId
from skafu.model.finding import Finding
from skafu.model.verdict import Waiver, WaiverWarning

SOON = 30
"""Days before its last one from which on a waiver is said to expire."""

LONG = 400
"""Days that a waiver may hold: a year, and a month to renew it in."""

_LISTED = 8
"""Names in one suggestion."""

_WILD = re.compile(r"[*?\[]")
_NAMEABLE = re.compile(r"(?!.*[0-9a-f]{10}$)[A-Za-z0-9]+")
"""The id of a resource that an exact name means tomorrow, too: SAM ends some with a hash of their content."""


@dataclass(frozen=True, slots=True)
class Use:
    """One thing that a waiver covers in a run."""

    stack: StackId
    logical_id: str


def about_time(waivers: Iterable[Waiver], today: date) -> Iterator[WaiverWarning]:
    """Which waivers have expired, soon will, or hold for longer than anybody thinks ahead."""
    for waiver in waivers:
        days = (waiver.expires - today).days
        last = waiver.expires.isoformat()
        if days < 0:
            yield _warning(waiver, "expired", f"expired on {last}; renew it with its approver, or remove it")
        elif days <= SOON:
            left = {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")
            yield _warning(waiver, "expiring", f"expires {left}, after {last}")
        elif days > LONG:
            yield _warning(waiver, "long", f"holds until {last}, {days} days; {LONG} are the most")


def about_use(
    register: Register,
    findings: Iterable[Finding],
    stacks: Iterable[StackId],
    elsewhere: frozenset[str] = frozenset(),
) -> Iterator[WaiverWarning]:
    """Which waivers that hold today cover nothing, and which allow more than they cover.

    Args:
        register: the waivers.
        findings: everything that was found in the whole estate; with less, too much would look unused.
        stacks: the whole estate.
        elsewhere: rules that are not asked about stacks; nobody can say here whether their waivers are used.
    """
    estate = tuple(stacks)
    uses: dict[str, set[Use]] = {}
    hidden: dict[str, set[str]] = {}
    for finding in findings:
        for stack in finding.stacks:
            first = register.covering(finding, stack)
            if first is not None:
                uses.setdefault(first.id, set()).add(Use(stack, finding.logical_id))
                for other in register.about(finding, stack):
                    hidden.setdefault(other.id, set()).add(first.id)
    for waiver in register.waivers:
        if waiver.expires < register.today or waiver.rule in elsewhere:
            continue
        used = uses.get(waiver.id, set())
        if not used:
            yield _warning(waiver, "unused", _idle(waiver, hidden.get(waiver.id, set())))
        elif narrower := [*_places(waiver, used, estate), *_resources(waiver, used)]:
            said = " and ".join(narrower)
            yield _warning(waiver, "wide", f"allows more than it covers: {said} would do")


def _idle(waiver: Waiver, others: set[str]) -> str:
    if others:
        return f"covers nothing that {', '.join(sorted(others))} does not cover already; remove one of them"
    return f"covers nothing: nobody finds {waiver.rule} in its scope; remove it"


def _places(waiver: Waiver, used: set[Use], estate: Iterable[StackId]) -> Iterator[str]:
    """Narrower environments and stacks that hold everything it covers."""
    covered = {use.stack for use in used}
    environments = {stack.environment for stack in covered}
    of_these = {stack.name for stack in covered}
    allowed = {stack for stack in estate if allows(waiver, stack)}
    left = {stack for stack in allowed if stack.environment in environments and stack.name in of_these}
    if left - covered:  # not every stack in every environment: only ids can say which
        yield _listed("stacks", map(str, covered))
        return
    if set(waiver.environments or (stack.environment for stack in allowed)) - environments:
        yield _listed("environments", environments)
    needed = [one for one in waiver.stacks if any(names(one, stack) for stack in covered)]
    if {stack.name for stack in allowed if stack.environment in environments} - of_these:
        yield _listed("stacks", of_these)
    elif len(needed) < len(waiver.stacks):
        yield _listed("stacks", needed)


def _resources(waiver: Waiver, used: set[Use]) -> Iterator[str]:
    """Exact names where a pattern stands, and only those that are needed."""
    ids = {use.logical_id for use in used}
    needed: set[str] = set()
    for pattern in waiver.resources:
        meant = {one for one in ids if fnmatchcase(one, pattern)}
        by_name = _WILD.search(pattern) and all(_NAMEABLE.fullmatch(one) for one in meant)
        needed |= meant if by_name else {pattern} if meant else set()
    if needed != set(waiver.resources):
        yield _listed("resources", needed)


def _listed(key: str, values: Iterable[str]) -> str:
    found = sorted(values)
    more = [f"and {len(found) - _LISTED} more"] if len(found) > _LISTED else []
    return f"{key}: [{', '.join([*found[:_LISTED], *more])}]"


def _warning(waiver: Waiver, kind: str, message: str) -> WaiverWarning:
    return WaiverWarning(waiver.id, kind, message, waiver.location)
