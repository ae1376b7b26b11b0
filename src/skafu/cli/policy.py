"""`skafu policy`: the team's own policies."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.table import Table

from skafu.cli import controls, policy_new, policy_test
from skafu.cli.common import repository, root_option
from skafu.validate.pages import PolicyPage, list_policies


@click.group(short_help="List the team's own policies.")
def command() -> None:
    """The policies of the repository: one Python file each, under policies/."""


command.add_command(policy_new.command, "new")
command.add_command(policy_test.command, "test")


@command.command("list", short_help="List the policies, or the controls of a framework.")
@click.option("--framework", metavar="NAME", help="Its controls instead, and what supports each; cis, say.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@root_option
def list_(framework: str | None, format_: str, root: Path | None) -> int:
    """List the policies, what they are about, how bad their findings are, and the controls they support.

    A policy is about resources, about whole stacks, or about plans: the changes that a deployment would make.

    With --framework, list the controls of a register in policies/controls/: what they ask for, whether they are
    covered before deployment (preventive), afterwards (detective), by people (manual) or not at all, and by what.

    \b
      skafu policy list --framework soc2
      skafu policy list --framework cis --format json
    """
    folder = repository(root)
    if framework is not None:
        controls.show(controls.framework_of(folder, framework), format_)
        return 0
    pages = list_policies(folder)
    if format_ == "json":
        rows = [{**asdict(page), "severity": page.severity.value} for page in pages]
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
    else:
        Console().print(_table(pages))
    return 0


def _table(pages: tuple[PolicyPage, ...]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for heading in ("policy", "about", "severity", "what it asks for", "controls"):
        table.add_column(heading, overflow="fold", no_wrap=heading in {"policy", "about", "severity"})
    for page in pages:
        table.add_row(page.id, page.about, page.severity.value, page.title, " ".join(page.controls))
    return table
