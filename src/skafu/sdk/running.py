"""Asking one policy about one stack or plan, or one validator about the estate."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from skafu.model.finding import Severity
from skafu.model.place import dotted
from skafu.sdk.change import Change
from skafu.sdk.declare import PlanPolicy, Policy, Rule, StackPolicy, Validator
from skafu.sdk.estate import Estate
from skafu.sdk.subjects import Stack, Violation
from skafu.sdk.unknown import Unknown, UnknownFacedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType


LAST_LINE = 2**31 - 1
"""What the formats of reports take for a number of a line."""


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A resource (or the stack: empty logical id) that the policy needs an unknown value for."""

    logical_id: str
    path: tuple[str | int, ...]
    reason: str
    stack: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    """A resource (or the stack: empty logical id) that the policy failed at, and the line that raised."""

    logical_id: str
    line: int
    reason: str


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a policy said about a stack or a plan, in the order of its resources.

    Attributes:
        violations: what is wrong.
        unanswered: what it could not answer before deployment.
        failures: where the policy itself is wrong; then the rest is true, but not everything.
    """

    violations: tuple[Violation, ...]
    unanswered: tuple[Unanswered, ...]
    failures: tuple[Failure, ...]


def run(policy: Policy | StackPolicy, stack: Stack) -> Ruling:
    """Ask the policy about the stack, or about each of its resources that the policy is for."""
    if isinstance(policy, StackPolicy):
        answers = [_ask("", policy, partial(policy.check, stack))]
    else:
        answers = [
            _ask(resource.logical_id, policy, partial(policy.check, resource))
            for resource in stack.resources(*policy.resources)
        ]
    return _together(answers)


def run_plan(policy: PlanPolicy, changes: Iterable[Change]) -> Ruling:
    """Ask the policy about each of the changes that it is for."""
    return _together(
        [_ask(one.logical_id, policy, partial(policy.check, one)) for one in changes if concerns(policy, one)]
    )


def concerns(policy: PlanPolicy, change: Change) -> bool:
    """Whether the change is of a type that the policy looks at, before it or after."""
    types = {change.type, *(one.type for one in (change.before, change.after) if one is not None)}
    return any(fnmatchcase(type_, pattern) for type_ in types for pattern in policy.resources)


def _together(answers: Sequence[Ruling]) -> Ruling:
    return Ruling(
        tuple(violation for answer in answers for violation in answer.violations),
        tuple(unanswered for answer in answers for unanswered in answer.unanswered),
        tuple(failure for answer in answers for failure in answer.failures),
    )


def run_validator(validator: Validator, estate: Estate) -> Ruling:
    """Ask the validator about the estate.

    A validator that uses an unknown value as if it were known has failed: it left out all that comes after. It
    has to look first, and may yield what it cannot know.
    """
    faced: list[UnknownFacedError] = []

    def question() -> Iterator[object]:
        try:
            yield from validator.check(estate)
        except UnknownFacedError as error:
            faced.append(error)
            raise

    ruling = _ask("", validator, question)
    if not faced:
        return ruling
    unknown = faced[0].unknown
    reason = (
        f"it used {dotted(unknown.path)}, which is not known because {unknown.reason}; "
        "test for isinstance(value, Unknown) first"
    )
    file, line = validator.check.__code__.co_filename, validator.check.__code__.co_firstlineno
    failure = Failure("", raised_at(file, faced[0].__traceback__, line), reason)
    return Ruling(ruling.violations, ruling.unanswered[:-1], (*ruling.failures, failure))


def _ask(logical_id: str, rule: Rule, question: Callable[[], object]) -> Ruling:
    """Every answer until the end, or until the policy faces an unknown value or fails."""
    file, line = rule.check.__code__.co_filename, rule.check.__code__.co_firstlineno
    violations: list[Violation] = []
    unanswered: list[Unanswered] = []
    failures: list[Failure] = []
    UnknownFacedError.made.clear()
    try:
        answers = question()
        if not isinstance(answers, Iterable):
            raise TypeError(f"it must yield violations, it returned {answers!r}")  # noqa: TRY301
        for answer in answers:
            if isinstance(answer, Unknown):
                unanswered.append(Unanswered(logical_id, answer.path, answer.reason, answer.stack))
            elif isinstance(answer, Violation) and _has_message(answer):
                _check_place(answer)
                _check_severity(answer, rule.severity)
                violations.append(answer)
            else:
                raise TypeError(f"it must yield violations with a message, it yielded {answer!r}")  # noqa: TRY301
        failures += [_hidden(logical_id, one, file, line) for one in UnknownFacedError.made[:1]]
    except UnknownFacedError as faced:
        known = faced.unknown
        unanswered.append(Unanswered(logical_id, known.path, known.reason, known.stack))
    except (Exception, SystemExit) as error:  # noqa: BLE001  (a policy may raise anything: it is its answer)
        failures.append(Failure(logical_id, raised_at(file, error.__traceback__, line), in_one_line(error)))
    return Ruling(tuple(violations), tuple(unanswered), tuple(failures))


def _hidden(logical_id: str, faced: UnknownFacedError, file: str, line: int) -> Failure:
    """A bare `except` would have made a pass of "cannot be known"."""
    reason = f"it caught what tells that {dotted(faced.unknown.path)} is not known; catch Exception at most"
    return Failure(logical_id, raised_at(file, faced.__traceback__, line), reason)


def _has_message(violation: Violation) -> bool:
    return isinstance(violation.message, str) and bool(violation.message.strip())


def _check_place(violation: Violation) -> None:
    """Hold what an author gave by hand against what reports and waivers take for granted of it.

    Raises:
        TypeError: something is of another type than it says.
        ValueError: it names a line or a stack that cannot be, or a file that is not in the repository.
    """
    texts = ("fix", "logical_id", "environment", "account", "file")
    for name in texts:
        if not isinstance(getattr(violation, name), str):
            raise TypeError(f"the {name} of a violation must be text, it is {getattr(violation, name)!r}")
    for part in violation.path:
        if type(part) not in (str, int):
            raise TypeError(f"the path of a violation has keys and indexes, not {part!r}")
    if type(violation.line) is not int or not 1 <= violation.line <= LAST_LINE:
        raise ValueError(f"there is no line {violation.line!r}")
    if violation.stack is not None and (type(violation.stack) is not int or violation.stack < 0):
        raise ValueError(f"there is no stack number {violation.stack!r}")
    about_file = violation.stack is None and not violation.environment and not violation.account
    if violation.file or about_file:
        parts = PurePosixPath(violation.file).parts
        if not violation.file.isprintable() or not parts or parts[0] == "/" or ".." in parts:
            raise ValueError(f"{violation.file!r} is no path of a file in the repository")


def _check_severity(violation: Violation, most: Severity) -> None:
    """Hold it against what is published of the policy, which nobody would believe otherwise.

    Raises:
        ValueError: there is no such severity, or it is worse than the policy's.
    """
    if not violation.severity:
        return
    if Severity(violation.severity).rank < most.rank:
        raise ValueError(f"a violation cannot be {violation.severity} if its policy is {most.value}")


def raised_at(file: str, trace: TracebackType | None, default: int) -> int:
    """The line of `file` that led to an error: the innermost of its frames."""
    lines = [frame.lineno for frame in traceback.extract_tb(trace) if frame.filename == file]
    return (lines[-1] if lines else None) or default


def in_one_line(error: BaseException) -> str:
    """`TypeName: message`."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
