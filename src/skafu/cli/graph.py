"""`skafu graph`: the stacks of the estate and what they need of one another."""

from __future__ import annotations

from pathlib import Path

import click

from skafu.cli.common import chosen, env_option, output_option, repository, root_option, write
from skafu.graph import order
from skafu.load import load_repository
from skafu.model.errors import sentences
from skafu.render.graph import FORMATS
from skafu.resolve import resolve_estate


@click.command(short_help="Show the stacks in the order in which they can be deployed.")
@env_option
@click.option("--format", "format_", type=click.Choice(list(FORMATS)), default="text", show_default=True)
@output_option
@root_option
def command(environments: tuple[str, ...], format_: str, output: Path | None, root: Path | None) -> int:
    """Show the stacks in the order in which they can be deployed, and who needs whom.

    \b
      skafu graph --env production
      skafu graph --format mermaid > docs/estate.mmd
    """
    declared = load_repository(repository(root))
    resolution = resolve_estate(declared)
    found = order(resolution.stacks)
    layers = {name: definition.layer for name, definition in declared.definitions.items()}
    wanted = chosen(resolution.stacks, layers, (), environments) if environments else set(resolution.stacks)
    write(FORMATS[format_](found, wanted), output)
    problems = [*declared.problems, *resolution.findings, *found.findings]
    for finding in problems:
        click.echo(f"{finding.location}: {sentences(finding.message, finding.help)}", err=True)
    if any(finding.bad_input for finding in problems):
        return 2
    return 1 if problems else 0
