"""The history as text for a person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.text import Text

from skafu.model.deployment import DeployedStack, Deployment
from skafu.model.estate import StackId
from skafu.model.report import Report
from skafu.render import facts
from skafu.render.deployed_facts import because, changes, short_names, took
from skafu.render.deployment import show_deployment, show_stand_ins
from skafu.render.safe import no_commands, one_line

if TYPE_CHECKING:
    from skafu.record.history import Lived, RunLine

_TEXT = 300  # characters of a reason
_DIGEST = 12  # characters of a digest

_STYLES = {
    "approved": "green",
    "done": "green",
    "same": "green",
    "blocked": "bold red",
    "failed": "bold red",
    "different": "bold red",
    "unreadable": "bold red",
    "broken off": "bold yellow",
    "goes on": "bold cyan",
    "heading": "dim",
}


def print_runs(runs: list[RunLine], at_work: set[str], console: Console) -> None:
    """One row for each run; `at_work` are those whose record is being written."""
    rows = []
    for one in runs:
        result = "goes on" if one.run in at_work else _result(one)
        stacks = f"{one.done} of {one.stacks}" if one.result or one.done else f"{one.stacks}"
        rows.append((one.run, one.command, one.who, one.endpoint, one.gate, result, stacks))
    _print_table(("run", "command", "by", "endpoint", "gate", "result", "stacks"), rows, console)
    for one in runs:
        if one.problem:
            console.print(_cell(f"{one.run} cannot be read: {one.problem}"), soft_wrap=True)


def _result(run: RunLine) -> str:
    if run.state == "unreadable":
        return run.state
    return run.result or ("" if run.command == "validate" else "broken off")


def print_run(
    began: Mapping[str, Any], report: Report, deployment: Deployment | None, console: Console
) -> None:
    """A run: what was typed, the verdict, and what was done about each stack."""
    console.print(_cell(f"{began.get('time', '')}  {began.get('command', '')}"), soft_wrap=True)
    if deployment is None or deployment.command not in {"drift", "destroy"}:  # they judge nothing
        verdict = Text.assemble(_cell(report.gate, report.gate), "  ", _cell(facts.verdict(report)))
        console.print(verdict, soft_wrap=True)
        for reason in report.reasons:
            console.print(_cell(f"- {reason}"), soft_wrap=True)
    if deployment is None:
        return
    names = short_names(stack.id for stack in deployment.stacks)
    rows = (_row(stack, names) for stack in deployment.stacks)
    console.print()
    _print_table(("stack", "result", "took", "digest", "read back", "plan"), rows, console)
    show_stand_ins(deployment, console)
    show_deployment(deployment, console)


def _row(stack: DeployedStack, names: Mapping[StackId, str]) -> tuple[str, ...]:
    read = "" if stack.read_back is None else "same" if stack.read_back.same else "different"
    seconds = took(stack.seconds) if stack.seconds else ""
    digest = (stack.sealed or stack.digest)[:_DIGEST]
    return names[stack.id], stack.state, seconds, digest, read, changes(stack.plan)


def print_life(stack: StackId, lived: list[Lived], console: Console) -> None:
    """What became of a stack, newest first."""
    console.print(Text(str(stack), style="bold"))
    rows = []
    for one in _telling(lived):
        done = one.deployed
        told = (done.result or "broken off", done.endpoint, done.who) if done else ("judged", "", "")
        read = done.as_approved if done else ""
        rows.append((one.run, *told, one.digest[:_DIGEST], one.gate, read))
    _print_table(("run", "result", "endpoint", "by", "digest", "gate", "read back"), rows, console)
    for one in _telling(lived):
        done = one.deployed
        skipped = because(done.because, done.reason) if done and done.because else ""
        reason = skipped or (done.reason if done else "") or "; ".join(one.reasons)
        if reason:
            console.print(_cell(f"{one.run}: {reason}"), soft_wrap=True)


def _telling(lived: list[Lived]) -> Iterator[Lived]:
    """Without those that say what the one before had said."""
    for number, one in enumerate(lived):
        before = lived[number + 1] if number + 1 < len(lived) else None
        if one.deployed or before is None or (one.digest, one.gate) != (before.digest, before.gate):
            yield one


def _print_table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]], console: Console) -> None:
    """Columns that are as wide as they must be; a terminal that is narrower wraps, and nothing is cut."""
    cells = [[_cell(heading, "heading") for heading in headings]]
    cells += [[_cell(one) for one in row] for row in rows]
    widths = [max(cell.cell_len for cell in column) for column in zip(*cells, strict=True)]
    for row in cells:
        for cell, width in zip(row, widths, strict=True):
            cell.pad_right(width - cell.cell_len)
        line = Text("  ").join(row)
        line.rstrip()
        console.print(line, soft_wrap=True)


def _cell(text: str, style: str = "") -> Text:
    return Text(no_commands(one_line(text, _TEXT)), style=_STYLES.get(style or text, ""))
