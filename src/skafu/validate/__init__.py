"""Seats the judges, runs them side by side, and brings together what they say about one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from skafu.adapters.cfn_lint import open_cfn_lint
from skafu.adapters.checkov import open_checkov
from skafu.model.errors import SkafuError
from skafu.model.estate import Seat, Stack, StackId
from skafu.model.finding import Errored, Finding, NotApplicable, Outcome
from skafu.model.judge import Judge
from skafu.validate.definitions import Definitions
from skafu.validate.merge import merged
from skafu.validate.policies import open_policies

Progress = Callable[[str, StackId, Outcome], None]
"""Told each time a validator is done with a stack; called from several threads."""


@dataclass(frozen=True, slots=True)
class Judgements:
    """What the seated judges said.

    Attributes:
        outcomes: validator -> stack -> outcome, one for each pair.
        findings: all findings, those of one place merged, sorted by place, with fingerprints.
        versions: name -> version of every tool that took part.
    """

    outcomes: Mapping[str, Mapping[StackId, Outcome]]
    findings: tuple[Finding, ...]
    versions: Mapping[str, str]


def validate(
    stacks: Mapping[StackId, Stack],
    seats: tuple[Seat, ...],
    known: tuple[Finding, ...],
    root: Path,
    executor: Executor,
    progress: Progress,
) -> Judgements:
    """Let every seated judge look at every stack, each judge in a task of its own.

    Args:
        stacks: by id.
        seats: the validators.
        known: what loading, resolving and ordering found already; the `definitions` validator states it,
            and it counts whether or not that validator is seated.
        root: the repository, where the policies are.
        executor: runs the judges; threads, since the judges are processes already.
        progress: told of every step.
    """
    judges = {seat.name: open_judge(seat, root, known) for seat in seats}
    stop = Event()
    tasks = {
        name: executor.submit(_sit, name, judge, stacks, progress, stop) for name, judge in judges.items()
    }
    try:
        sat = {name: task.result() for name, task in tasks.items()}
    except BaseException:
        stop.set()  # Ctrl-C: each judge finishes the stack it is at, and no more
        raise
    outcomes = {name: found for name, (found, _) in sat.items()}
    versions = {tool: version for _, versions in sat.values() for tool, version in versions.items()}
    told = [
        finding for found in outcomes.values() for outcome in found.values() for finding in _findings(outcome)
    ]
    return Judgements(outcomes, merged([*known, *told]), dict(sorted(versions.items())))


def open_judge(seat: Seat, root: Path, known: tuple[Finding, ...]) -> Judge:
    """The judge that `seat` names."""
    match seat.judge:
        case "definitions":
            return Definitions(known)
        case "cfn-lint":
            return open_cfn_lint(seat)
        case "checkov":
            return open_checkov(seat)
        case "policies":
            return open_policies(seat, root)
        case _:
            raise AssertionError(seat.judge)  # the schema of a seat allows no other


def _sit(
    name: str, judge: Judge, stacks: Mapping[StackId, Stack], progress: Progress, stop: Event
) -> tuple[dict[StackId, Outcome], Mapping[str, str]]:
    outcomes: dict[StackId, Outcome] = {}
    with closing(judge):
        for id_, stack in sorted(stacks.items()):
            if stop.is_set():
                break
            outcomes[id_] = _judged(judge, stack)
            progress(name, id_, outcomes[id_])
        return outcomes, judge.versions


def _judged(judge: Judge, stack: Stack) -> Outcome:
    if stack.obstacle and not isinstance(judge, Definitions):
        return NotApplicable(f"{stack.id} cannot be judged: {stack.obstacle}")
    try:
        return judge.judge(stack)
    except SkafuError as error:
        return Errored(str(error))
    except Exception as error:  # noqa: BLE001 - whatever a judge does, it must not take the others down
        return Errored(f"{type(error).__name__}: {error}")


def _findings(outcome: Outcome) -> tuple[Finding, ...]:
    return () if isinstance(outcome, NotApplicable) else outcome.findings
