"""`skafu validate`: judge the estate."""

from __future__ import annotations

import os
import re
import secrets
import shlex
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from skafu.cli.common import chosen, env_option, output_option, repository, root_option, write
from skafu.cli.judging import Task, exit_code, recorded
from skafu.graph import order
from skafu.load import load_repository
from skafu.model.errors import InputError
from skafu.model.finding import Finding
from skafu.model.report import Report
from skafu.render import console as terminal
from skafu.render.formats import FORMATS, Sources, renderer
from skafu.resolve import resolve_estate

_YAML_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
"""Where a line ends for YAML, which is where the positions of findings come from."""


@click.command(short_help="Judge every stack as it will be deployed, and say whether it may.")
@click.argument("stacks", nargs=-1, metavar="[STACK]...")
@env_option
@click.option("--format", "format_", type=click.Choice(list(FORMATS)), default="console", show_default=True)
@output_option
@click.option(
    "--jobs",
    type=click.IntRange(1, 64),
    default=os.cpu_count() or 2,
    help="Judges at work at once.",
    show_default="one per processor",
)
@root_option
def command(
    stacks: tuple[str, ...],
    environments: tuple[str, ...],
    format_: str,
    output: Path | None,
    jobs: int,
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
    task = _task(folder, stacks, environments, now)
    run = f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"
    written = shlex.join(["skafu", *sys.argv[1:]])
    report = recorded(
        task, folder / "reports" / "runs" / run, now.isoformat(timespec="seconds"), written, jobs
    )
    publish(report, format_, output, sources_in(folder))
    return exit_code(report)


def _task(folder: Path, stacks: tuple[str, ...], environments: tuple[str, ...], now: datetime) -> Task:
    declared = load_repository(folder)
    resolution = resolve_estate(declared)
    ordered = order(resolution.stacks)
    selected = set(resolution.stacks)
    if stacks or environments:
        layers = {name: definition.layer for name, definition in declared.definitions.items()}
        try:
            selected = chosen(resolution.stacks, layers, stacks, environments)
        except InputError:
            if not declared.problems:
                raise
            selected = set()  # what was asked for may be what could not be read; the report tells
    found = [*declared.problems, *resolution.findings, *ordered.findings]

    def about(finding: Finding) -> bool:
        return not finding.stacks or bool(selected & set(finding.stacks))

    return Task(
        stacks={id_: stack for id_, stack in resolution.stacks.items() if id_ in selected},
        seats=declared.seats,
        known=tuple(
            replace(one, stacks=tuple(sorted(selected & set(one.stacks)))) for one in found if about(one)
        ),
        thresholds=declared.thresholds,
        waivers=declared.waivers,
        root=folder,
        today=now.date(),
    )


def publish(report: Report, format_: str, output: Path | None, sources: Sources) -> None:
    """Show a report, or write it to a file."""
    if format_ == "console" and output is None:
        terminal.show(report, sources, console=Console())
        return
    write(renderer(format_)(report, sources), output)


def sources_in(folder: Path) -> Sources:
    """Reads the lines of a file for excerpts; each file once, an unreadable one as empty."""
    cache: dict[str, list[str]] = {}

    def lines(file: str) -> list[str]:
        if file not in cache:
            try:
                cache[file] = _YAML_BREAK.split((folder / file).read_text("utf-8-sig"))
            except (OSError, UnicodeDecodeError):
                cache[file] = []
        return cache[file]

    return lines
