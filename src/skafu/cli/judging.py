"""The way through, from declarations to a recorded verdict. It composes stages and decides nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from skafu import __version__
from skafu.gate import Case, decide
from skafu.model.estate import Seat, Stack, StackId
from skafu.model.finding import Finding, Outcome
from skafu.model.report import Report
from skafu.model.verdict import Thresholds, Waiver
from skafu.record import Log, read, report_of
from skafu.validate import validate


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be judged, by whom, and how strictly.

    Attributes:
        stacks: by id.
        seats: the validators.
        known: what loading, resolving and ordering found.
        thresholds: from which severity on a finding blocks.
        waivers: the registered exceptions.
        root: the repository.
        today: the day the waivers are held against.
    """

    stacks: Mapping[StackId, Stack]
    seats: tuple[Seat, ...]
    known: tuple[Finding, ...]
    thresholds: Thresholds
    waivers: tuple[Waiver, ...]
    root: Path
    today: date


def judge(task: Task, log: Log, jobs: int) -> None:
    """Judge and decide, recording every step; the report is read back from the log."""
    for _, stack in sorted(task.stacks.items()):
        log.resolved(stack)
    with (
        _progress(len(task.stacks) * len(task.seats)) as advance,
        ThreadPoolExecutor(max_workers=max(jobs, 1)) as executor,
    ):

        def told(validator: str, id_: StackId, outcome: Outcome) -> None:
            log.judged(validator, str(id_), outcome)
            advance(f"{validator}: {id_}")

        judged = validate(task.stacks, task.seats, task.known, task.root, executor, told)
    names = tuple(seat.name for seat in task.seats)
    verdict = decide(
        Case(task.stacks, names, judged.outcomes, judged.findings, task.thresholds, task.waivers, task.today)
    )
    log.decided(verdict, {"skafu": __version__, **judged.versions}, names)


def in_memory(task: Task, jobs: int) -> Report:
    """Judge something that belongs to no repository; its log is not kept."""
    stream = StringIO()
    judge(task, Log(stream, durable=False), jobs)
    return report_of(read(stream.getvalue().splitlines(keepends=True), "the log"))


def recorded(task: Task, folder: Path, time: str, command: str, jobs: int) -> Report:
    """Judge, with the log kept in `folder`, and read the report back from there."""
    with closing(Log.create(folder)) as log:
        log.started(folder.name, time, command)
        judge(task, log, jobs)
    file = folder / "events.jsonl"
    with file.open(encoding="utf-8") as lines:
        return report_of(read(lines, str(file)))


def exit_code(report: Report) -> int:
    """2 if any input could not be used, 4 if a judge failed, 1 if blocked, 0 if approved."""
    if any(decided.finding.bad_input for decided in report.findings):
        return 2
    if any(outcome.status == "errored" for outcome in report.outcomes):
        return 4
    return 0 if report.gate == "approved" else 1


@contextmanager
def _progress(total: int) -> Iterator[_Advance]:
    """A bar on the terminal, gone when it is done; nothing where nobody watches."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("judging"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}", style="dim"),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with bar:
        yield _Advance(bar, bar.add_task("", total=total))


class _Advance:
    """One step further."""

    def __init__(self, bar: Progress, task: object) -> None:
        self._bar = bar
        self._task = task

    def __call__(self, what: str) -> None:
        self._bar.update(self._task, advance=1, description=what)  # type: ignore[arg-type]  # rich's TaskID is an int
