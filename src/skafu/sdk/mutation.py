"""Breaking what a policy lets pass, one place at a time: a policy that never minds protects nothing.

A passing case

    Bucket: {Type: AWS::S3::Bucket, Properties: {Public: false}}

has four mutants: without the bucket, without its `Properties`, without `Public`, and with `Public: true`. A policy
bites if it states a violation about one of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from skafu.model.place import Path, dotted
from skafu.sdk.case_values import is_unknown
from skafu.sdk.cases import Case, applies, stack_of
from skafu.sdk.declare import Policy, StackPolicy
from skafu.sdk.running import Ruling, run

SECTIONS = ("resources", "outputs", "parameters", "tags", "environment", "account", "tier", "region")
"""The parts of a case that are broken, in this order; its name and what it expects are not."""

OTHER = "other"
"""Text that means nothing to anybody."""

OPPOSITES = {
    "Allow": "Deny",
    "Deny": "Allow",
    "Retain": "Delete",
    "RetainExceptOnCreate": "Delete",
    "Snapshot": "Delete",
    "aws:kms": "AES256",
    "true": "false",
    "false": "true",
}
"""Words whose harm is in one other word, which a policy may be looking for by name."""

GONE: Any = object()
"""Instead of a value: there is none."""


@dataclass(frozen=True, slots=True)
class Bites:
    """What a policy said about the mutants of its passing cases.

    Attributes:
        cases: how many passing cases it was tried on.
        mutants: how many there were.
        killed: about how many of them it stated a violation.
        failed: at how many of them it failed.
        failure: the first of these failures.
        survivors: what was broken in those that it let pass.
    """

    cases: int = 0
    mutants: int = 0
    killed: int = 0
    failed: int = 0
    failure: str = ""
    survivors: tuple[str, ...] = ()

    def __add__(self, other: Bites) -> Bites:
        """Both together."""
        return Bites(
            self.cases + other.cases,
            self.mutants + other.mutants,
            self.killed + other.killed,
            self.failed + other.failed,
            self.failure or other.failure,
            self.survivors + other.survivors,
        )


def mutants(case: Case) -> Iterator[tuple[str, Case]]:
    """Every way of breaking the case in one place, and the case so broken, in an order that stays.

    A member of a mapping or an item of a list is removed; a boolean is flipped; a number is zero, half and
    double; text is empty, `*`, its opposite or another; a list is empty or has a `*` more. What is
    known only after deployment counts as text. The `Type` of a resource stays what it is.
    """
    for section in SECTIONS:
        for path, what, value in broken(case.written.get(section), (section,)):
            yield f"{dotted(path)} {what}", _with(case, path, value)


def grafts(case: Case, violating: Sequence[Case]) -> Iterator[tuple[str, Case]]:
    """The case with one thing in a resource as a violating case has it in a resource of the same type.

    It breaks what `mutants` cannot guess: a policy may be looking for one certain value.
    """
    for other, _, body in _resources(violating):
        for _, id_, own in _resources([case]):
            if own["Type"] == body["Type"]:
                for path, value in grafted(own, body, ("resources", id_)):
                    yield f"{dotted(path)} is as in the case at line {other.line}", _with(case, path, value)


def intruders(case: Case, violating: Sequence[Case]) -> Iterator[tuple[str, Case]]:
    """The case with one resource of a violating case added, of a type that it does not hold."""
    types = {own["Type"] for _, _, own in _resources([case])}
    for other, id_, body in _resources(violating):
        if body["Type"] not in types:
            path = ("resources", id_)
            yield f"{dotted(path)} is there, as in the case at line {other.line}", _with(case, path, body)


def bites(policy: Policy | StackPolicy, case: Case, cases: Sequence[Case]) -> Bites:
    """What the policy says about a case of `cases` after it was broken; nothing is tried if it should not pass.

    Intruders are for what may not be there at all: for whole stacks, and for a policy whose type of resource
    no passing case holds. Elsewhere they would say no more than the violating cases do.
    """
    passing = [one for one in cases if one.expect == ()]
    violating = [one for one in cases if one.expect]
    if case not in passing:
        return Bites()
    found: list[tuple[str, Case]] = []
    if applies(policy, case):
        found += [*mutants(case), *grafts(case, violating)]
    if isinstance(policy, StackPolicy) or not any(applies(policy, one) for one in passing):
        found += intruders(case, violating)
    return tally((what, run(policy, mutant.stack)) for what, mutant in found) if found else Bites()


def tally(rulings: Iterable[tuple[str, Ruling]]) -> Bites:
    """What was said about the mutants of one case: what was broken in each, and the ruling."""
    killed, failures, survivors = 0, [], []
    for what, ruling in rulings:
        if ruling.violations:
            killed += 1
        elif ruling.failures:
            failures.append(f"{what}: failed at line {ruling.failures[0].line}: {ruling.failures[0].reason}")
        else:
            survivors.append(what)
    number = killed + len(failures) + len(survivors)
    return Bites(1, number, killed, len(failures), (failures or [""])[0], tuple(survivors))


def _resources(cases: Iterable[Case]) -> Iterator[tuple[Case, str, Mapping[str, Any]]]:
    for case in cases:
        for id_, body in case.written.get("resources", {}).items():
            yield case, id_, body


def broken(value: Any, path: Path) -> Iterator[tuple[Path, str, Any]]:
    """Every change at or below a value: where, what, and the value instead."""
    if isinstance(value, str) or is_unknown(value):
        yield from ((path, f"is {new!r}", new) for new in _texts(value))
    elif isinstance(value, bool):
        yield path, f"is {_shown(not value)}, not {_shown(value)}", not value
    elif isinstance(value, int | float):
        yield from ((path, f"is {new}, not {value}", new) for new in _numbers(value))
    elif isinstance(value, list):
        yield from _broken_list(value, path)
    elif isinstance(value, dict):
        for key, item in value.items():
            if not (_is_resource(path) and key == "Type"):
                yield (*path, key), "is removed", GONE
                yield from broken(item, (*path, key))


def _broken_list(value: list[Any], path: Path) -> Iterator[tuple[Path, str, Any]]:
    if len(value) > 1:  # without its only item it is as empty
        yield path, "is empty", []
    if any(isinstance(item, str) for item in value) and "*" not in value:
        yield path, "has a '*' more", [*value, "*"]
    for index, item in enumerate(value):
        yield (*path, index), "is removed", GONE
        yield from broken(item, (*path, index))


def _is_resource(path: Path) -> bool:
    return path[-2:-1] == ("resources",) or path[:-1] in (("before",), ("after",))


def _texts(value: Any) -> list[str]:
    """Other text for some text, or for a value that is not known."""
    found = ["", "*", OTHER]
    if isinstance(value, str):
        if value.isdecimal():
            found += [str(number) for number in _numbers(int(value))]
        if value in OPPOSITES:
            found.append(OPPOSITES[value])
        found += [value.replace("https:", "http:"), _opened(value)]
    return [text for text in dict.fromkeys(found) if text != value]


def _numbers(value: float) -> list[float]:
    half = value // 2 if isinstance(value, int) else value / 2
    return [number for number in dict.fromkeys((0, half, value * 2)) if number != value] or [1]


def _opened(text: str) -> str:
    """A range of addresses as everywhere, anything else unchanged."""
    if "/" not in text or not set(text) <= set("0123456789abcdef.:/"):
        return text
    return "::/0" if ":" in text else "0.0.0.0/0"


def grafted(own: Any, other: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """What has to be put into `own`, in one place each, to have it there as in `other`."""
    if isinstance(own, dict) and isinstance(other, dict) and not is_unknown(own) and not is_unknown(other):
        for key, value in other.items():
            if key not in own:
                yield (*path, key), value
            elif own[key] != value:
                yield from grafted(own[key], value, (*path, key))
    else:
        yield path, other


def _with(case: Case, path: Path, value: Any) -> Case:
    written = put(case.written, path, value)
    return replace(case, stack=stack_of(written), written=written)


def put(tree: Any, path: Path, value: Any) -> Any:
    """A copy of the tree with another value at a path; what lies beside the path is shared."""
    if not path:
        return value
    first, *rest = path
    if isinstance(tree, Mapping):
        copied: Any = dict(tree)
        here = tree.get(first)
    else:
        copied = list(tree)
        here = tree[int(first)]
    if not rest and value is GONE:
        del copied[first]
    else:
        copied[first] = put(here, tuple(rest), value)
    return copied


def _shown(flag: bool) -> str:  # noqa: FBT001  (a value, not a switch)
    return "true" if flag else "false"
