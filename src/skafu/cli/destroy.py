"""`skafu destroy`: delete stacks, those first that nothing needs."""

from __future__ import annotations

from pathlib import Path

import click

from skafu.cli.common import administrator_option, env_option, repository, root_option, together_option
from skafu.cli.destroy_run import destroy, resume
from skafu.cli.resuming import Asked


@click.command(short_help="Delete stacks, in the reverse of the order they were deployed in.")
@click.argument("stacks", nargs=-1, metavar="[STACK]...")
@env_option
@click.option("--endpoint", metavar="embedded|URL", help="Where to delete, instead of in AWS.")
@click.option(
    "--with-dependants", is_flag=True, help="Delete what needs the stacks, too, in whatever environment."
)
@click.option("--yes", is_flag=True, help="Do not ask before deleting.")
@administrator_option
@click.option("--resume", "run", metavar="RUN", help="Go on with a run that was broken off.")
@together_option
@root_option
def command(
    stacks: tuple[str, ...],
    environments: tuple[str, ...],
    endpoint: str | None,
    with_dependants: bool,
    yes: bool,
    as_administrator: bool,
    run: str | None,
    together: int,
    root: Path | None,
) -> int:
    """Delete the stacks of an environment, or some of them. A stack goes the moment that nothing needs it any more.

    STACK is a name (api), a layer (platform), or an id (staging/us-east-1/api). Nothing is judged. Nothing is deleted
    at all as long as one of the stacks has termination protection, or is needed by a stack that stays. What
    deletion policies keep is listed by name, before and after. You are asked to type the name of the
    environment; where nobody sits at a terminal, --yes stands for that.

    \b
      skafu destroy --env development --endpoint embedded
      skafu destroy data --env staging --with-dependants
      skafu destroy --resume 20261122T101500Z-3f9a1c

    Exit codes: 0 deleted, 1 refused, 2 bad input or usage, or not confirmed, 3 deleting failed, 4 skafu itself failed.
    """
    folder = repository(root)
    if run is not None:
        return resume(folder, run)
    if not (stacks or environments):
        raise click.UsageError("Name what to destroy: a stack, or --env with an environment.")
    asked = Asked(
        stacks=stacks,
        environments=environments,
        endpoint=endpoint or "",
        yes=yes,
        as_administrator=as_administrator,
        together=together,
        per_account=together,
        with_dependants=with_dependants,
    )
    return destroy(folder, asked)
