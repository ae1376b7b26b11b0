"""One stack as it stands, held against its template, resource by resource, and against the record of its deployment."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from skafu.cli.estate import Whole
from skafu.cli.foreseeing import REVIEW
from skafu.cli.last import Last
from skafu.cli.reach import Reach
from skafu.deploy.held import differences
from skafu.deploy.submission import submission
from skafu.model.cloud import CloudError, Drift, Standing
from skafu.model.errors import InputError
from skafu.model.estate import Stack, StackId
from skafu.model.event import Event, Tell
from skafu.model.place import Location, dotted
from skafu.model.place import Path as Place
from skafu.plan.places import Places

WORKING = ("Outputs", "Resources", "Transform")
"""Sections of an effective template that do something; where only others differ, CloudFormation keeps the old text."""

LATE = "${stacks."
"""In a parameter's text: another stack gives it, so the declaration alone does not say what it is."""

_PART = re.compile(r"[^/]+")


@dataclass(frozen=True, slots=True)
class Comparing:
    """Compares one stack after the other, in whatever thread.

    Attributes:
        whole: every stack there is.
        reach: the way to the accounts.
        last: the last deployment of a stack, as far as the records tell.
        tell: records an event and shows it.
        unreachable: account and region -> why it cannot be used.
    """

    whole: Whole
    reach: Reach
    last: Callable[[StackId], Last | None]
    tell: Tell
    unreachable: Mapping[tuple[str, str], CloudError]

    def one(self, id_: StackId) -> bool:
        """Compare one stack. True, whatever came of it."""
        stack, begun = self.whole.stacks[id_], time.monotonic()
        try:
            unreachable = self.unreachable.get((stack.account.id, id_.region))
            if unreachable is not None:
                raise unreachable
            status = self._compared(stack)
        except (CloudError, InputError) as error:
            self._tell("stack-failed", stack, reason=error.message, status="", hint=error.hint)
            return True
        if status is not None:
            seconds = round(time.monotonic() - begun, 3)
            self._tell("stack-done", stack, result="compared", status=status, seconds=seconds)
        return True

    def _compared(self, stack: Stack) -> str | None:
        """CloudFormation's status of it; None where there was nothing to compare."""
        cloud = self.reach.cloud(stack)
        standing, last = cloud.describe(stack.stack_name), self.last(stack.id)
        self._tell("stack-started", stack, status=standing.status if standing else "")
        if standing is None or standing.status == REVIEW:
            if last is None:
                reason = "it does not stand, and no deployment of it is recorded"
                self._tell("stack-left", stack, reason=reason)
                return None
            gone = f"it does not stand; run {last.run} had deployed it"
            self._tell("drift", stack, drifted=[], checked=0, unchecked=[], apart=[gone])
            return ""
        found = cloud.drift(standing.id)
        places = Places(stack)
        self._tell(
            "drift",
            stack,
            drifted=[_plain(one, places) for one in found.drifted],
            checked=found.checked,
            unchecked=list(found.unchecked),
            apart=_apart(stack, standing, cloud.template(standing.id), last),
        )
        return standing.status

    def _tell(self, kind: str, stack: Stack, /, **values: Any) -> None:
        self.tell(Event(kind, stack.id, values))


def _apart(stack: Stack, standing: Standing, held: Any, last: Last | None) -> list[str]:
    """What CloudFormation holds that the last deployment did not give it, as sentences.

    Parameters and tags are in the record as digests: they are compared where the declaration still has the same
    ones, and where it says their values.
    """
    if last is None:
        return []
    declared = submission(stack, {}, stack.given, "", "")
    known = {name: text for name, text in declared.parameters.items() if LATE not in text}
    same = {name for name in ("parameters", "tags") if stack.parts.get(name) == last.parts.get(name)}
    given = replace(
        declared,
        template=json.dumps(last.template),
        parameters={**standing.parameters, **known} if "parameters" in same else standing.parameters,
        tags=declared.tags if "tags" in same else standing.tags,
    )
    found = differences(given, held, standing)
    return [
        f"CloudFormation does not hold the {name} that run {last.run} gave it: {place}"
        for name, places in found.items()
        for place in places
        if name != "template" or place.startswith(WORKING)
    ]


def _plain(one: Drift, places: Places) -> dict[str, Any]:
    location = places.of(one.logical_id)
    return {
        "logical_id": one.logical_id,
        "type": one.type,
        "physical_id": one.physical_id,
        "status": one.status,
        "file": location.file,
        "line": location.line,
        "differences": [
            _difference(path, values, places.value(one.logical_id, path)[0])
            for pointer, *values in one.differences
            for path in [("Properties", *_path(pointer))]
        ],
    }


def _difference(path: Place, values: list[str], location: Location | None) -> dict[str, Any]:
    expected, actual = values
    at = {"file": location.file, "line": location.line} if location else {"file": "", "line": 0}
    return {"path": dotted(path), "expected": expected, "actual": actual, **at}


def _path(pointer: str) -> Place:
    """`/Tags/0/Value`, as DescribeStackResourceDrifts states it, with `~1` for a slash and `~0` for a tilde."""
    parts = (part.replace("~1", "/").replace("~0", "~") for part in _PART.findall(pointer))
    return tuple(int(part) if part.isdecimal() else part for part in parts)
