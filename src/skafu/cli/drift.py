"""`skafu drift`: compare what stands with what was deployed."""

from __future__ import annotations

from pathlib import Path

import click

from skafu.cli.common import administrator_option, env_option, output_option, repository, root_option
from skafu.cli.drift_run import drift
from skafu.cli.plan_run import Wanted
from skafu.cli.resuming import Asked
from skafu.render.drifted import FORMATS


@click.command(short_help="Compare what stands with what was deployed, property by property.")
@click.argument("stacks", nargs=-1, metavar="[STACK]...")
@env_option
@click.option("--endpoint", metavar="embedded|URL", help="Whom to ask, instead of AWS.")
@administrator_option
@click.option("--format", "format_", type=click.Choice(list(FORMATS)), default="console", show_default=True)
@output_option
@click.option("--together", type=click.IntRange(1, 200), default=8, show_default=True, help="Stacks at once.")
@root_option
def command(
    stacks: tuple[str, ...],
    environments: tuple[str, ...],
    endpoint: str | None,
    as_administrator: bool,
    format_: str,
    output: Path | None,
    together: int,
    root: Path | None,
) -> int:
    """Have CloudFormation compare every resource that stands with its template, and tell what differs.

    STACK is a name (api), a layer (platform), or an id (staging/us-east-1/api). Each difference is shown with what
    was expected, what is, and the line where a person edits it. Told are also resources whose type
    CloudFormation cannot compare, stacks whose template, parameters or tags are not those of their last recorded
    deployment, and stacks that were deployed and do not stand. Nothing is judged and nothing is changed.

    \b
      skafu drift --env production
      skafu drift data --env staging --format json

    Exit codes: 0 no drift, 1 drift (or nothing stands at all), 2 bad input or usage, 3 a stack could not be compared,
    4 skafu itself failed.
    """
    asked = Asked(
        stacks=stacks,
        environments=environments,
        endpoint=endpoint or "",
        as_administrator=as_administrator,
        together=together,
        per_account=together,
    )
    return drift(repository(root), asked, Wanted(format_, output))
