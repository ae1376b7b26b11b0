"""Asking one policy about one stack, or one validator about the estate."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from skafu.model.place import dotted
from skafu.sdk.declare import Policy, StackPolicy, Validator
from skafu.sdk.estate import Estate
from skafu.sdk.subjects import Stack, Violation
from skafu.sdk.unknown import Unknown, UnknownFacedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import TracebackType


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
    """What a policy said about a stack, in the order of its resources.

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
        answers = [_ask("", policy.check, partial(policy.check, stack))]
    else:
        answers = [
            _ask(resource.logical_id, policy.check, partial(policy.check, resource))
            for resource in stack.resources(*policy.resources)
        ]
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

    ruling = _ask("", validator.check, question)
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


def _ask(logical_id: str, check: Callable[..., object], question: Callable[[], object]) -> Ruling:
    """Every answer until the end, or until the policy faces an unknown value or fails."""
    file, line = check.__code__.co_filename, check.__code__.co_firstlineno
    violations: list[Violation] = []
    unanswered: list[Unanswered] = []
    failures: list[Failure] = []
    try:
        answers = question()
        if not isinstance(answers, Iterable):
            raise TypeError(f"it must yield violations, it returned {answers!r}")  # noqa: TRY301
        for answer in answers:
            if isinstance(answer, Unknown):
                unanswered.append(Unanswered(logical_id, answer.path, answer.reason, answer.stack))
            elif isinstance(answer, Violation) and isinstance(answer.message, str) and answer.message:
                violations.append(answer)
            else:
                raise TypeError(f"it must yield violations with a message, it yielded {answer!r}")  # noqa: TRY301
    except UnknownFacedError as faced:
        known = faced.unknown
        unanswered.append(Unanswered(logical_id, known.path, known.reason, known.stack))
    except (Exception, SystemExit) as error:  # noqa: BLE001  (a policy may raise anything: it is its answer)
        failures.append(Failure(logical_id, raised_at(file, error.__traceback__, line), in_one_line(error)))
    return Ruling(tuple(violations), tuple(unanswered), tuple(failures))


def raised_at(file: str, trace: TracebackType | None, default: int) -> int:
    """The line of `file` that led to an error: the innermost of its frames."""
    lines = [frame.lineno for frame in traceback.extract_tb(trace) if frame.filename == file]
    return (lines[-1] if lines else None) or default


def in_one_line(error: BaseException) -> str:
    """`TypeName: message`."""
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
