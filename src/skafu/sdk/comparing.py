"""What a case expects against what was said about it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias, TypeVar

from skafu.model.place import dotted
from skafu.sdk.case_text import CasesError, Written, read_written
from skafu.sdk.running import Ruling
from skafu.sdk.subjects import Violation

NOT_EVALUATED = "not_evaluated"

Expected: TypeAlias = Mapping[str, str]
"""One violation that a case expects: parts of its place, and part of its message."""


class Expecting(Protocol):
    """A case of a policy or of a validator."""

    @property
    def name(self) -> str:
        """One line for people."""

    @property
    def expect(self) -> tuple[Expected, ...] | None:
        """The violations, or None for "not evaluated"."""

    @property
    def line(self) -> int:
        """Where it stands in its file, 1-based."""

    @property
    def expect_lines(self) -> tuple[int, ...]:
        """Where each expected violation stands there."""


Case = TypeVar("Case", bound=Expecting)


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that should have been said about a case and was not, or was said and should not have been.

    Attributes:
        expected: what should have been said; empty if nothing.
        said: what was said instead; empty if nothing.
        line: where the case says so, or where the policy or validator failed, 1-based.
        failed: whether it failed instead of answering.
    """

    expected: str
    said: str
    line: int
    failed: bool = False

    def __str__(self) -> str:
        """The two sides as a sentence."""
        return f"expected {self.expected or 'nothing more'}; said {self.said or 'nothing'}"


def compared(
    case: Expecting, ruling: Ruling, meant: Callable[[Expected], str], place: Callable[[Violation], str]
) -> list[Difference]:
    """What was said otherwise than the case expects; empty when it is right.

    Args:
        case: what is expected.
        ruling: what was said.
        meant: the place of an expected violation, in words.
        place: the place of a violation, in the same words.
    """
    wrong = [Difference("an answer", one.reason, one.line, failed=True) for one in ruling.failures]
    said = list(ruling.violations)
    if case.expect is None:
        wrong += [Difference(NOT_EVALUATED, f"{place(one)}: {one.message}", case.line) for one in said]
        if not ruling.unanswered and not wrong:
            wrong.append(Difference(NOT_EVALUATED, "no violation", case.line))
        return wrong
    wrong += [
        Difference("an answer", f"{NOT_EVALUATED}: {dotted(one.path)} is not known", case.line)
        for one in ruling.unanswered
    ]
    missing: list[tuple[Expected, int]] = []
    for expected, line in _with_lines(case.expect, case.expect_lines, case.line):
        there = [one for one in said if place(one) == meant(expected)]
        match = next((one for one in there if expected.get("message", "") in one.message), None)
        if match is None:
            missing.append((expected, line))
        else:
            said.remove(match)
    for expected, line in missing:
        # Of what is left, the violation of the same place is what the author meant.
        near = next((one for one in said if place(one) == meant(expected)), None)
        if near is not None:
            said.remove(near)
        wanted = f"{meant(expected)}: {expected.get('message') or '(any message)'}"
        wrong.append(Difference(wanted, f"{place(near)}: {near.message}" if near else "", line))
    return wrong + [Difference("", f"{place(one)}: {one.message}", case.line) for one in said]


def read_expected(name: str, expect: Any, item: Written, keys: set[str]) -> tuple[Expected, ...] | None:
    """What a case says under `expect`, or None for "not evaluated".

    Raises:
        CasesError: it is neither a list of violations with those keys nor `not_evaluated`.
    """
    if expect == NOT_EVALUATED:
        return None
    if not isinstance(expect, list) or any(not isinstance(one, dict) for one in expect):
        raise CasesError(item.line, f"{name}: expect is a list of violations or {NOT_EVALUATED}")
    for one, line in _with_lines(expect, item.expect_lines, item.line):
        if not one or not one.keys() <= keys:
            raise CasesError(line, f"{name}: an expected violation has {', '.join(sorted(keys))}")
        if any(not isinstance(value, str) for value in one.values()):
            raise CasesError(line, f"{name}: what an expected violation says is text; put it in quotes")
    return tuple(expect)


def read_each(text: str, read: Callable[[int, Written], Case]) -> list[Case]:
    """The cases in the text of a cases file, each made by `read` of its number, from 1, and what is written.

    Raises:
        CasesError: it is not a list of cases, or two have the same name; the message says which one is wrong, and how.
    """
    try:
        cases = [read(number, item) for number, item in enumerate(read_written(text), start=1)]
    except RecursionError:
        raise CasesError(1, "it is nested too deeply") from None
    first: dict[str, Case] = {}
    for case in cases:
        twin = first.setdefault(case.name, case)
        if twin is not case:
            raise CasesError(case.line, f"{case.name}: the case at line {twin.line} has the same name")
    return cases


def place_inside(violation: Violation) -> str:
    """The place as an author writes it: inside the resource, and there inside its properties."""
    inside = violation.path[2:] if violation.logical_id else violation.path
    return dotted(inside[1:] if inside[:1] == ("Properties",) else inside)


def _with_lines(
    expect: Sequence[Expected], lines: Sequence[int], line: int
) -> Iterator[tuple[Expected, int]]:
    """What is expected with the lines it stands on; with that of the case where nobody knows them."""
    known = lines if len(lines) == len(expect) else (line,) * len(expect)
    return zip(expect, known, strict=True)
