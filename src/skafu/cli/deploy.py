"""`skafu deploy`: judge, and bring what was approved to its accounts."""

from __future__ import annotations

from pathlib import Path

import click

from skafu.cli.common import (
    administrator_option,
    cache_option,
    env_option,
    jobs_option,
    repository,
    root_option,
    together_option,
)
from skafu.cli.deploy_run import deploy, resume
from skafu.cli.resuming import Asked
from skafu.model.errors import InputError


@click.command(short_help="Judge, and deploy what passed, through change sets.")
@click.argument("stacks", nargs=-1, metavar="[STACK]...")
@env_option
@click.option("--endpoint", metavar="embedded|URL", help="Where to deploy to, instead of AWS.")
@click.option("--with-needs", is_flag=True, help="Deploy what the stacks need, too, in whatever environment.")
@click.option("--recover", is_flag=True, help="Bring stacks out of states such as ROLLBACK_COMPLETE first.")
@click.option("--prune", is_flag=True, help="Delete the stacks that nothing declares any more.")
@click.option("--yes", is_flag=True, help="Do not ask before deleting.")
@administrator_option
@click.option(
    "--import",
    "imports",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Take over the resources that FILE names (logical id: {property: value}) into one stack.",
)
@click.option("--resume", "run", metavar="RUN", help="Go on with a run that was broken off.")
@together_option
@click.option(
    "--per-account",
    type=click.IntRange(1, 200),
    default=16,
    show_default=True,
    help="Stacks at once in one account.",
)
@jobs_option
@cache_option
@root_option
def command(
    stacks: tuple[str, ...],
    environments: tuple[str, ...],
    endpoint: str | None,
    with_needs: bool,
    recover: bool,
    prune: bool,
    yes: bool,
    as_administrator: bool,
    imports: Path | None,
    run: str | None,
    together: int,
    per_account: int,
    jobs: int,
    no_cache: bool,
    root: Path | None,
) -> int:
    """Judge the stacks as `skafu validate` does, and deploy them if every one of them passed.

    STACK is a name (api), a layer (platform), or an id (staging/us-east-1/api). Each stack starts the moment what it
    needs is done. Its change set is judged once more before it is executed. Everything is recorded
    under reports/runs/; a run that was broken off goes on with --resume.

    \b
      skafu deploy --env development --endpoint embedded --with-needs --as-administrator
      skafu deploy --env staging
      skafu deploy api --env production
      skafu deploy --resume 20261122T101500Z-3f9a1c

    Exit codes: 0 deployed, 1 blocked, 2 bad input or usage, 3 deploying failed, 4 a judge or skafu itself failed.
    """
    folder = repository(root)
    asked = Asked(
        stacks=stacks,
        environments=environments,
        endpoint=endpoint or "",
        with_needs=with_needs,
        recover=recover,
        prune=prune,
        yes=yes,
        as_administrator=as_administrator,
        imports=str(imports) if imports else "",
        together=together,
        per_account=per_account,
    )
    if run is not None:
        if asked != Asked():
            message = "a run that goes on does what it was asked for at its beginning"
            raise InputError(message, hint=f"Give nothing beside --resume {run}.")
        return resume(folder, run, jobs)
    if prune and stacks:
        message = "--prune is about whole environments, and stacks are named"
        raise InputError(message, hint="Name environments with --env, or nothing.")
    return deploy(folder, asked, jobs, no_cache=no_cache)
