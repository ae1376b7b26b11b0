"""`skafu plan`: judge, and tell what deploying would do."""

from __future__ import annotations

from pathlib import Path

import click

from skafu.cli.common import (
    administrator_option,
    cache_option,
    env_option,
    jobs_option,
    output_option,
    repository,
    root_option,
    together_option,
)
from skafu.cli.plan_run import Wanted, plan
from skafu.cli.resuming import Asked
from skafu.render.planned import FORMATS


@click.command(short_help="Tell what deploying would do, and whether it may; change nothing.")
@click.argument("stacks", nargs=-1, metavar="[STACK]...")
@env_option
@click.option("--endpoint", metavar="embedded|URL", help="Whom to ask, instead of AWS.")
@click.option("--with-needs", is_flag=True, help="Plan what the stacks need, too, in whatever environment.")
@administrator_option
@click.option("--offline", is_flag=True, help="Ask nobody: predict, from what was deployed last.")
@click.option(
    "--against",
    metavar="last|REF",
    help="With --offline: compare with the last deployment that is recorded, or with a Git revision. Default: last.",
)
@click.option("--format", "format_", type=click.Choice(list(FORMATS)), default="console", show_default=True)
@output_option
@together_option
@jobs_option
@cache_option
@root_option
def command(
    stacks: tuple[str, ...],
    environments: tuple[str, ...],
    endpoint: str | None,
    with_needs: bool,
    as_administrator: bool,
    offline: bool,
    against: str | None,
    format_: str,
    output: Path | None,
    together: int,
    jobs: int,
    no_cache: bool,
    root: Path | None,
) -> int:
    """Judge the stacks as `skafu validate` does, and tell what deploying those that passed would do.

    STACK is a name (api), a layer (platform), or an id (staging/us-east-1/api). CloudFormation is asked for a change
    set, which is judged and dropped again; nothing is executed, no code is uploaded, no lock is taken. Where a stack
    reads outputs that are not there yet or will be others, its plan is a prediction, and says so.

    With --offline nobody is asked, and no credentials are needed: every plan is a prediction.

    \b
      skafu plan --env staging
      skafu plan api --env production --format markdown --output plan.md
      skafu plan --offline --against origin/main

    Exit codes: 0 approved, 1 blocked, 2 bad input or usage, 3 an account or a stack could not be asked about,
    4 a judge or skafu itself failed.
    """
    if against is not None and not offline:
        raise click.UsageError("--against is about predictions: add --offline.")
    asked = Asked(
        stacks=stacks,
        environments=environments,
        endpoint=endpoint or "",
        with_needs=with_needs,
        as_administrator=as_administrator,
        together=together,
        per_account=together,
        offline=offline,
        against=against or "",
    )
    return plan(repository(root), asked, Wanted(format_, output), jobs, no_cache=no_cache)
