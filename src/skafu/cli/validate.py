"""`skafu validate`: judge the estate."""

from __future__ import annotations

import secrets
import shlex
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from skafu.cli.common import cache_option, env_option, jobs_option, output_option, repository, root_option
from skafu.cli.estate import Memory, Selection, estate_task
from skafu.cli.judging import exit_code, recorded
from skafu.cli.publish import publish
from skafu.cli.remembering import standing_on, store_for
from skafu.cli.sources import sources_in
from skafu.render.formats import FORMATS


@click.command(short_help="Judge every stack as it will be deployed, and say whether it may.")
@click.argument("stacks", nargs=-1, metavar="[STACK]...")
@env_option
@click.option("--format", "format_", type=click.Choice(list(FORMATS)), default="console", show_default=True)
@output_option
@jobs_option
@cache_option
@root_option
def command(
    stacks: tuple[str, ...],
    environments: tuple[str, ...],
    format_: str,
    output: Path | None,
    jobs: int,
    no_cache: bool,
    root: Path | None,
) -> int:
    """Judge every stack as it will be deployed, and say whether it may.

    STACK is a name (api), a layer (platform), or an id (staging/us-east-1/api). Without one the whole estate is
    judged. The run is recorded under reports/runs/.

    \b
      skafu validate --env production
      skafu validate api data --format sarif --output skafu.sarif
    """
    folder = repository(root)
    now = datetime.now(UTC)
    memory = Memory(store_for(no_cache=no_cache), standing_on())
    task = estate_task(folder, Selection(stacks, environments), memory, now.date())
    run = f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    written = shlex.join(["skafu", *sys.argv[1:]])
    report = recorded(
        task, folder / "reports" / "runs" / run, now.isoformat(timespec="seconds"), written, jobs
    )
    publish(report, format_, output, sources_in(folder))
    return exit_code(report)
