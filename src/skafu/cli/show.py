"""`skafu show`: one effective template."""

from __future__ import annotations

import json
from pathlib import Path

import click

from skafu.cli.common import chosen, env_option, output_option, repository, root_option, write
from skafu.cli.sources import sources_in
from skafu.load import load_repository
from skafu.model.errors import InputError, sentences
from skafu.render import why
from skafu.render.effective import render
from skafu.resolve import resolve_estate


@click.command(short_help="Show the template that would be deployed, and where its values come from.")
@click.argument("stack")
@env_option
@click.option("--format", "format_", type=click.Choice(["yaml", "json"]), default="yaml", show_default=True)
@click.option(
    "--why", "path", metavar="PATH", help="Only the value at PATH, and every line that made it what it is."
)
@output_option
@root_option
def command(
    stack: str,
    environments: tuple[str, ...],
    format_: str,
    path: str | None,
    output: Path | None,
    root: Path | None,
) -> int:
    """Show the template that would be deployed for STACK, and where its values come from.

    \b
      skafu show production/us-east-1/data
      skafu show data --env production --format json
      skafu show data --env production --why Resources.MetricsTable.Properties.BillingMode
    """
    folder = repository(root)
    declared = load_repository(folder)
    resolution = resolve_estate(declared)
    layers = {name: definition.layer for name, definition in declared.definitions.items()}
    found = sorted(chosen(resolution.stacks, layers, (stack,), environments))
    if len(found) > 1:
        listed = ", ".join(map(str, found))
        raise InputError(f'"{stack}" means {len(found)} stacks: {listed}.', hint="Name one, or add --env.")
    one = resolution.stacks[found[0]]
    if path is not None:
        write(why.render(one, path, sources_in(folder)), output)
    elif format_ == "json":
        write(f"{json.dumps(one.template.plain(), indent=2, ensure_ascii=False, default=str)}\n", output)
    else:
        write(render(one), output)
    problems = [*declared.problems, *(finding for finding in resolution.findings if one.id in finding.stacks)]
    for finding in problems:
        click.echo(f"{finding.location}: {sentences(finding.message, finding.help)}", err=True)
    if any(finding.bad_input for finding in problems):
        return 2
    return 1 if problems else 0
