"""What a check that met an unknown value is worth.

Checkov knows no unknown: to it, `{"Fn::GetAtt": ...}` is a mapping that is neither true nor false, and it
passes or fails by accident. Where the very value a check looks at is unknown, the check is not evaluated. Where
unknown values stand somewhere inside a larger thing it looks at (a policy document, all the properties), it is
asked again with other values in their place: what fails whatever stands there is a finding.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeAlias

from skafu.model.node import Node, Scalar, Unknown
from skafu.model.place import Path, dotted

PLACEHOLDERS: tuple[Scalar, ...] = ("known-after-deployment", True, False)
"""What is put in place of unknown values: a text nobody expects, and both answers to a yes-or-no question."""

Case: TypeAlias = tuple[str, str]
"""Id of a check and logical id of the resource it was asked about."""


@dataclass(frozen=True, slots=True)
class Retrial:
    """What a scan with something in place of unknown values came to: what failed, what was not answered."""

    failed: frozenset[Case]
    given_up: frozenset[Case]


@dataclass(frozen=True, slots=True)
class Record:
    """What Checkov says about one check and one resource.

    Attributes:
        check: id of the check.
        title: its name.
        help: where to read about it; may be empty.
        resource: logical id.
        keys: what the check looked at, as `Properties/Tags/[0]/Key`; not always right.
        gave_up: why the check could not answer; empty when it did, or when it need not.
    """

    check: str
    title: str
    help: str
    resource: str
    keys: tuple[str, ...]
    gave_up: str = ""

    @property
    def case(self) -> Case:
        """The check and the resource."""
        return self.check, self.resource


@dataclass(frozen=True, slots=True)
class Doubt:
    """An unknown value that a check met. `whole`: it is the very value the check looks at."""

    path: Path
    node: Node
    whole: bool

    @property
    def reason(self) -> str:
        """Which value is missing, and why."""
        why = self.node.value.reason if isinstance(self.node.value, Unknown) else "it is not there yet"
        return f"{dotted(self.path)} is not known because {why}"


@dataclass(frozen=True, slots=True)
class Decided:
    """What a scan comes to: what fails for certain, what nobody can say, what Checkov could not work out."""

    failed: tuple[Record, ...]
    not_evaluated: tuple[tuple[Record, Doubt], ...]
    given_up: tuple[Record, ...]


def decide(
    template: Node,
    failed: Iterable[Record],
    compared: Iterable[Record],
    undecided: Iterable[Record],
    retry: Callable[[Scalar], Retrial],
) -> Decided:
    """Sort the records by what unknown values leave of them.

    Args:
        template: the effective template that was scanned.
        failed: the checks that failed.
        compared: the checks that passed because a value is, or is not, a certain one.
        undecided: the checks that said neither.
        retry: scans again with this in place of every unknown value. Called only when it matters.
    """
    trials = _Trials(retry)
    sorted_out: dict[_Answer, list[tuple[Record, Doubt | None]]] = {answer: [] for answer in _Answer}
    for ask, records in ((_failed, failed), (_compared, compared), (_undecided, undecided)):
        for record in records:
            doubt = doubt_about(template, record)
            sorted_out[ask(record, doubt, trials)].append((record, doubt))
    return Decided(
        failed=tuple(record for record, _ in sorted_out[_Answer.FAILED]),
        not_evaluated=tuple((record, doubt) for record, doubt in sorted_out[_Answer.UNKNOWN] if doubt),
        given_up=tuple(record for record, _ in sorted_out[_Answer.GIVEN_UP]),
    )


class _Answer(Enum):
    FAILED = "it fails for certain"
    UNKNOWN = "it depends on what is not known"
    GIVEN_UP = "the check cannot do its work here"
    NOTHING = "there is nothing to say"


class _Trials:
    """The scans with something in place of unknown values; each is made once, and only if it is asked for."""

    def __init__(self, retry: Callable[[Scalar], Retrial]) -> None:
        self._retry = functools.cache(retry)

    def always_fails(self, record: Record) -> bool:
        return all(record.case in self._retry(placeholder).failed for placeholder in PLACEHOLDERS)

    def ever_fails(self, record: Record) -> bool:
        return any(record.case in self._retry(placeholder).failed for placeholder in PLACEHOLDERS)

    def never_answers(self, record: Record) -> bool:
        return all(record.case in self._retry(placeholder).given_up for placeholder in PLACEHOLDERS)


def _failed(record: Record, doubt: Doubt | None, trials: _Trials) -> _Answer:
    certain = doubt is None or (not doubt.whole and trials.always_fails(record))
    return _Answer.FAILED if certain else _Answer.UNKNOWN


def _compared(_: Record, doubt: Doubt | None, __: _Trials) -> _Answer:
    return _Answer.UNKNOWN if doubt is not None and doubt.whole else _Answer.NOTHING


def _undecided(record: Record, doubt: Doubt | None, trials: _Trials) -> _Answer:
    if doubt is None:
        return _Answer.GIVEN_UP if record.gave_up else _Answer.NOTHING
    if doubt.whole:
        return _Answer.UNKNOWN
    if record.gave_up and trials.never_answers(record):
        return _Answer.GIVEN_UP
    if trials.always_fails(record):
        return _Answer.FAILED
    return _Answer.UNKNOWN if record.gave_up or trials.ever_fails(record) else _Answer.NOTHING


def doubt_about(template: Node, record: Record) -> Doubt | None:
    """The unknown value that the check met, if any; the value it is all about before any other."""
    doubts = [_doubt_at(template, record.resource, key) for key in record.keys or ("Properties",)]
    found = [doubt for doubt in doubts if doubt is not None]
    return next((doubt for doubt in found if doubt.whole), next(iter(found), None))


def place(template: Node, record: Record) -> Path:
    """The deepest place below the properties that the check looked at, else the resource."""
    found = [_walk(template, record.resource, key)[0] for key in record.keys]
    deeper = [path for path in found if len(path) > len(("Resources", record.resource, "Properties"))]
    return max(deeper, key=lambda path: (len(path), dotted(path)), default=("Resources", record.resource))


def filled(node: Node, placeholder: Scalar) -> Any:
    """The tree as plain data, with `placeholder` for every unknown value."""
    if isinstance(node.value, Unknown):
        return placeholder
    if isinstance(node.value, Mapping):
        return {key: filled(child, placeholder) for key, child in node.value.items()}
    if isinstance(node.value, list):
        return [filled(child, placeholder) for child in node.value]
    return node.value


def _doubt_at(template: Node, resource: str, key: str) -> Doubt | None:
    path, node, rest = _walk(template, resource, key)
    if isinstance(node.value, Unknown):
        return Doubt(path, node, whole=True)
    if rest and node.members and rest[0] != "*":
        return None  # nothing stands there, and that is certain
    inside = next(((below, child) for below, child in node.walk() if isinstance(child.value, Unknown)), None)
    return Doubt((*path, *inside[0]), inside[1], whole=False) if inside else None


def _walk(template: Node, resource: str, key: str) -> tuple[Path, Node, list[str]]:
    """How far `key` leads into the resource: the path, the node there and the parts that lead nowhere."""
    path: Path = ("Resources", resource)
    node = template.get(*path) or template
    parts = [part for part in key.split("/") if part]
    if parts and parts[0] not in node.members:
        parts.insert(0, "Properties")  # checks over the graph of resources name properties alone
    for depth, part in enumerate(parts):
        step: str | int = part
        if node.items and part.strip("[]").isdigit():
            step = int(part.strip("[]"))
        child = node.get(step)
        if child is None:
            return path, node, parts[depth:]
        path, node = (*path, step), child
    return path, node, []
