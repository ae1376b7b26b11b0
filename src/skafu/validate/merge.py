"""One finding for one place: what holds for several stacks is said once, and names them all."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from skafu.model.finding import Finding

_GENERATED = re.compile(r"(?<=Deployment)[0-9a-f]{10}")
"""SAM ends the ids of API deployments with a hash of the API; a fingerprint must outlive its changes."""


def merged(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings of the same rule, place and message become one, with all their stacks; sorted by place.

    The names that SAM gives to what it makes contain the environment now and then; a message that differs in
    such a name alone is the same message. Within one stack nothing is merged.
    """
    groups: dict[tuple[object, ...], list[Finding]] = {}
    seen: Counter[tuple[object, ...]] = Counter()
    for finding in sorted(set(findings), key=_place):
        # What names no stack is about all of them, and stays so beside the same words about one.
        about = (finding.severity, not finding.stacks)
        key = (finding.tool, finding.rule, finding.location, *about, _nameless(finding))
        turn = seen[(*key, finding.stacks)]
        seen[(*key, finding.stacks)] += 1
        groups.setdefault((*key, turn), []).append(finding)
    united = sorted((_united(group) for group in groups.values()), key=_place)
    return _fingerprinted(united)


def _nameless(finding: Finding) -> str:
    return finding.message.replace(finding.logical_id, "") if finding.logical_id else finding.message


def _united(group: list[Finding]) -> Finding:
    first = min(group, key=lambda finding: (finding.stacks, finding.path, finding.logical_id))
    return replace(first, stacks=tuple(sorted({stack for finding in group for stack in finding.stacks})))


def _place(finding: Finding) -> tuple[object, ...]:
    said = (finding.location, finding.rule, finding.tool, finding.path, finding.message)
    return (*said, finding.logical_id, finding.stacks, finding.severity.rank, finding.title, finding.help)


def _fingerprinted(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each finding with an identity made of what it says and where in the template, but of no line."""
    seen: Counter[str] = Counter()
    named = []
    for finding in findings:
        path = _GENERATED.sub("", finding.path or finding.logical_id)
        said = _GENERATED.sub("", finding.message)
        if path == "":
            said = re.sub(r":\d+(:\d+)?", "", said)
        parts = (finding.tool, finding.rule, finding.location.file, path, said)
        identity = "\0".join(parts)
        seen[identity] += 1
        digest = hashlib.sha256(f"{identity}\0{seen[identity]}".encode("utf-8", "surrogatepass")).hexdigest()
        named.append(replace(finding, fingerprint=digest[:32]))
    return tuple(named)
