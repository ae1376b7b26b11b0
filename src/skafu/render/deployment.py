"""What came of a deployment, for a person, a pull request or a program.

It is made from the record alone, so a run that was broken off has one, too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from io import StringIO
from typing import Any

from rich.console import Console

from skafu.model.deployment import DeployedStack, Deployment
from skafu.model.verdict import Decided
from skafu.render import deployed_facts as facts
from skafu.render.console.deployed import blocks
from skafu.render.console.deployed_plan import findings_of
from skafu.render.console.deployed_stand_ins import named_stand_ins
from skafu.render.console.ink import Ink
from skafu.render.formats import Sources
from skafu.render.markdown import ROOM, escaped
from skafu.render.safe import as_json
from skafu.render.stood_in import TIMES, OfType, by_type, lacking

WIDTH = 100
"""Columns of the text that is written to a file."""

_ROWS = (
    1000,
    200,
    50,
    12,
    3,
    0,
)  # entries of each list in Markdown, tried until the text fits into a comment


def show_deployment(deployment: Deployment, console: Console, sources: Sources = lambda _: ()) -> None:
    """Print it on a console: in its width, its encoding, and with colour if it has colour.

    `sources` gives the lines of a file, to show what a finding about a plan is about.
    """
    for block in blocks(deployment, sources, Ink(console)):
        console.print(block, soft_wrap=True)


def show_stand_ins(deployment: Deployment, console: Console) -> None:
    """Print each resource that something stood in for by its name; nothing where there is none."""
    names = facts.short_names(stack.id for stack in deployment.stacks)
    for block in named_stand_ins(deployment, names, Ink(console)):
        console.print(block, soft_wrap=True)


def text(deployment: Deployment) -> str:
    """Plain text of `WIDTH` columns."""
    console = Console(file=StringIO(), width=WIDTH, color_system=None, force_terminal=False, _environ={})
    with console.capture() as captured:
        show_deployment(deployment, console)
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


def markdown(deployment: Deployment) -> str:
    """GitHub-flavoured Markdown, less than `ROOM` bytes of UTF-8: for a comment or a step summary."""
    for rows in _ROWS:
        written = _markdown(deployment, rows)
        if len(written.encode()) < ROOM:
            break
    return written


def _markdown(deployment: Deployment, rows: int) -> str:
    word, behind = facts.verdict(deployment)
    mark = "✅" if deployment.result in {"done", "nothing"} else "❌"
    lines = [f"## {mark} {word} · {escaped(behind)}", "", escaped(" · ".join(facts.about(deployment)))]
    unwell = [*facts.unwell(deployment), *facts.with_state(deployment, "in flight", "skipped")]
    if unwell:
        lines += ["", "| Stack | Result | Why | Next |", "|---|---|---|---|"]
        lines += _cut([_row(stack) for stack in unwell], rows)
    if found := [one for stack in deployment.stacks for one in findings_of(stack)]:
        lines += ["", "**What blocks:**", "", *_cut([_finding(one) for one in found], rows)]
    if differing := facts.differing(deployment):
        lines += ["", "**What stands is not what was approved:**", ""]
        lines += _cut([f"- <code>{escaped(str(stack.id))}</code>" for stack in differing], rows)
    if types := by_type(deployment.stacks):
        lines += ["", f"{lacking(types)}.", ""]
        lines += ["<details><summary>Which</summary>", "", *_cut([_of_type(one) for one in types], rows)]
        lines += ["", "</details>"]
    if deployment.not_declared:
        told = [
            f"- <code>{escaped(one.name)}</code> {escaped(one.status)}" for one in deployment.not_declared
        ]
        lines += ["", "No definition makes these stacks, and they stand:", "", *_cut(told, rows)]
    if step := facts.next_step(deployment):
        lines += ["", escaped(step)]
    return "\n".join([*lines, "", f"<sub>run {escaped(deployment.run)}</sub>", ""])


def _row(stack: DeployedStack) -> str:
    cells = (stack.state, facts.why(stack), stack.hint)
    return f"| <code>{escaped(str(stack.id))}</code> | {' | '.join(escaped(cell) for cell in cells)} |"


def _finding(decided: Decided) -> str:
    finding = decided.finding
    place = f"{finding.location.file}:{finding.location.line}"
    told = f"{finding.rule}: {finding.title}" if finding.title else finding.rule
    fix = f" {escaped(finding.help)}" if finding.help else ""
    return f"- **{finding.severity.value}** {escaped(told)} ({escaped(place)})<br>{escaped(finding.message)}{fix}"


def _of_type(found: OfType) -> str:
    """Names however many they are: only each of them is cut to size."""
    told = "; ".join(
        f"{escaped(str(id_))}: {', '.join(str(escaped(name)) for name in names)}"
        for id_, names in found.named.items()
    )
    return f"- <code>{escaped(found.type)}</code> {TIMES}{found.number:,} {told}"


def _cut(lines: list[str], rows: int) -> list[str]:
    hidden = len(lines) - rows
    return lines if hidden <= 0 else [*lines[:rows], "", f"... and {hidden} more"]


def json(deployment: Deployment) -> str:
    """Everything that is known of it."""
    word, _ = facts.verdict(deployment)
    members = asdict(replace(deployment, needs={}, stacks=()))
    values: dict[str, Any] = {"schema": 1, **members, "verdict": word.lower()}
    values["needs"] = {
        str(stack): [str(one) for one in needed] for stack, needed in sorted(deployment.needs.items())
    }
    values["resumed"] = [{"at": at, "who": who} for at, who in deployment.resumed]
    values["stacks"] = [_stack(stack) for stack in deployment.stacks]
    return as_json(values)


def _stack(stack: DeployedStack) -> dict[str, Any]:
    told = [{"action": action, "status": status} for action, status in stack.recovered]
    plain = {"id": str(stack.id), "state": stack.state, "phase": stack.phase.value, "recovered": told}
    return {**asdict(stack), **plain}


FORMATS: Mapping[str, Callable[[Deployment], str]] = {"text": text, "markdown": markdown, "json": json}
"""Name of the format -> what writes it."""
