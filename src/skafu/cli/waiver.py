"""`skafu waiver`: the registered exceptions, and whether they are in order."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from skafu.cli.common import cache_option, jobs_option, repository, root_option
from skafu.cli.estate import Memory, Selection, estate_task
from skafu.cli.judging import exit_code, in_memory
from skafu.cli.remembering import standing_on, store_for
from skafu.gate import SOON
from skafu.model.errors import sentences
from skafu.model.verdict import Waiver, WaiverWarning
from skafu.render.facts import warnings
from skafu.render.safe import one_line, visible

if TYPE_CHECKING:
    from skafu.model.finding import Finding

WRONG = frozenset({"expired", "unused", "wide"})
"""Kinds of warnings that `skafu waiver check` fails for; of the others it only tells."""

_TEXT = 600  # characters of one message
_REASONS = 3  # reasons why not everything could be judged


@click.group(short_help="List the registered exceptions, and see whether they are in order.")
def command() -> None:
    """The exceptions that are registered in policies/waivers.yaml.

    \b
      - id: access-logs-of-access-logs
        rule: CKV_AWS_18               the exact rule
        stacks: [data]                 names or ids; patterns may stand here, but not for all stacks
        resources: [AccessLogsBucket]  exact logical ids wherever they have one
        environments: [production]     all of them where this is left out
        owner: platform-team           a team, person or role that answers for it
        approver: security-team        another one that agreed to it
        reason: Logging the bucket of the access logs to itself would never end.
        ticket: SKAFU-101
        expires: "2027-03-31"          the last day; at most 400 days ahead

    A suppression inside of a template (checkov:skip, Metadata of cfn-lint, cfn_nag, cdk_nag or guard) silences
    nothing here. It blocks until a waiver about its rule and its resource registers it.
    """


@command.command("list", short_help="List the waivers, those that expire first on top.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@root_option
def list_(format_: str, root: Path | None) -> int:
    """List the waivers: what each accepts, who answers for it, and how many days are left.

    \b
      skafu waiver list
      skafu waiver list --format json

    Exit codes: 0, or 2 if a waiver cannot be used.
    """
    waivers, problems = _read(repository(root))
    today = datetime.now(UTC).date()
    ordered = sorted(waivers, key=lambda one: (one.expires, one.id))
    if format_ == "json":
        click.echo(json.dumps([_row(one, today) for one in ordered], indent=2, ensure_ascii=False))
    elif ordered:
        Console().print(_table(ordered, today))
    elif not problems:
        click.echo("No waiver is registered.")
    for problem in problems:
        click.echo(visible(f"{problem.location}: {sentences(problem.message, problem.help)}"), err=True)
    return 2 if problems else 0


@command.command(short_help="Judge the estate, and fail if a waiver has expired, is unused or too wide.")
@jobs_option
@cache_option
@root_option
def check(jobs: int, no_cache: bool, root: Path | None) -> int:
    """Judge the whole estate, and tell what is not right about its waivers.

    A waiver that has expired, covers nothing, or allows more than it covers is an error; one that expires within
    30 days, or holds for more than 400, is told. Nothing is recorded, and nothing is approved.

    \b
      $ skafu waiver check
      policies/waivers.yaml:51: development-not-recoverable allows more than it covers:
      environments: [development] would do

    Exit codes: 0 all are in order, 1 one is not, 2 bad input, 4 a judge failed.
    """
    folder = repository(root)
    memory = Memory(store_for(no_cache=no_cache), standing_on())
    task = estate_task(folder, Selection((), ()), memory, datetime.now(UTC).date())
    report = in_memory(task, jobs)
    found = warnings(report)
    for warning in found:
        click.echo(_line(warning))
    wrong = {warning.waiver for warning in found if warning.kind in WRONG}
    if report.review is None or not report.review.complete:
        click.echo("Not everything could be judged, so nobody can say which waivers are needed:", err=True)
        for reason in report.reasons[:_REASONS]:
            click.echo(f"- {one_line(reason, _TEXT)}", err=True)
        click.echo("`skafu validate` tells all of it.", err=True)
        return max(exit_code(report), 1)
    number = len(task.waivers)
    click.echo(f"{len(wrong)} of {number} waivers are not in order." if wrong else _in_order(number))
    return 1 if wrong else 0


def _in_order(number: int) -> str:
    if number == 0:
        return "No waiver is registered."
    return "The one waiver is in order." if number == 1 else f"All {number} waivers are in order."


def _line(warning: WaiverWarning) -> str:
    place = f"{warning.location.file}:{warning.location.line}"
    return f"{place}: {warning.waiver} {one_line(warning.message, _TEXT)}"


def _read(root: Path) -> tuple[tuple[Waiver, ...], list[Finding]]:
    # ruff: noqa: PLC0415 - loading takes 0.1 s to import, and `--help` needs none of it
    from skafu.load.reader import Reader
    from skafu.load.strictness import load_waivers

    reader = Reader(root)
    return load_waivers(reader), reader.problems


def _row(waiver: Waiver, today: date) -> dict[str, Any]:
    return {
        "id": waiver.id,
        "rule": waiver.rule,
        "stacks": list(waiver.stacks),
        "resources": list(waiver.resources),
        "environments": list(waiver.environments),
        "owner": waiver.owner,
        "approver": waiver.approver,
        "reason": waiver.reason,
        "ticket": waiver.ticket,
        "expires": waiver.expires.isoformat(),
        "days_left": (waiver.expires - today).days,
        "file": waiver.location.file,
        "line": waiver.location.line,
    }


def _table(waivers: list[Waiver], today: date) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("id\nrule", "scope", "ticket", "owner\napprover", "expires\ndays left"):
        table.add_column(heading, overflow="fold", no_wrap=heading.startswith(("owner", "expires")))
    for one in waivers:
        days = Text(f"{one.expires.isoformat()}\n").append(_left((one.expires - today).days))
        lines = (f"{one.id}\n{visible(one.rule)}", _scope(one), visible(one.ticket))
        people = f"{visible(one.owner)}\n{visible(one.approver)}"
        table.add_row(*(Text(text) for text in (*lines, people)), days)
    return table


def _scope(waiver: Waiver) -> str:
    listed = {"": waiver.resources, "of ": waiver.stacks, "in ": waiver.environments}
    return "\n".join(f"{word}{visible(', '.join(names))}" for word, names in listed.items() if names)


def _left(days: int) -> Text:
    if days < 0:
        return Text("expired", style="bold red")
    return Text(f"{days:,}, soon", style="bold yellow") if days <= SOON else Text(f"{days:,}")
