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
from skafu.render import deployed_facts as facts
from skafu.render.console.deployed import blocks
from skafu.render.console.ink import Ink
from skafu.render.markdown import ROOM, escaped
from skafu.render.safe import as_json

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


def show_deployment(deployment: Deployment, console: Console) -> None:
    """Print it on a console: in its width, its encoding, and with colour if it has colour."""
    for block in blocks(deployment, Ink(console)):
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
    lines = [f"## {mark} {word} · {escaped(behind)}", "", escaped(facts.about(deployment))]
    unwell = [*facts.unwell(deployment), *facts.with_state(deployment, "in flight", "skipped")]
    if unwell:
        lines += ["", "| Stack | Result | Why | Next |", "|---|---|---|---|"]
        lines += _cut([_row(stack) for stack in unwell], rows)
    if differing := facts.differing(deployment):
        lines += ["", "**What stands is not what was approved:**", ""]
        lines += _cut([f"- <code>{escaped(str(stack.id))}</code>" for stack in differing], rows)
    if stood_in := facts.stood_in(deployment):
        told = [f"- <code>{escaped(type_)}</code> {_whole('; '.join(names))}" for type_, names in stood_in]
        lines += ["", "The embedded endpoint lacks these, and something else stood in for them:", ""]
        lines += _cut(told, rows)
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


def _whole(names: str) -> str:
    """Names however many they are: only each of them is cut to size."""
    return ", ".join(escaped(name) for name in names.split(", "))


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
