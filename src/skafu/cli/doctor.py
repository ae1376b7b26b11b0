"""`skafu doctor`: whether this machine can judge."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path

import click

from skafu import __version__
from skafu.adapters.checkov_environment import NotReady, install, status
from skafu.record import kept

RUNS = Path("reports/runs")

MANY_RUNS = 200
"""From more recorded runs than this on, it is worth a word that nothing removes them."""


@click.command(short_help="Tell whether everything that judging needs is in place.")
@click.option(
    "--install", "wanted", is_flag=True, help="Make Checkov's own environment first, if it is not ready."
)
def command(*, wanted: bool) -> int:
    """Tell whether everything that judging needs is in place; exit code 4 if something is missing.

    Checkov runs in an environment of its own, from a lock file with hashes that ships with skafu.
    """
    if wanted and isinstance(status(), NotReady):
        install(lambda line: click.echo(line, err=True))
    found = status()
    _row("python", platform.python_version())
    _row("skafu", __version__)
    for name in ("cfn-lint", "aws-sam-translator"):
        _row(name, version(name))
    if isinstance(found, NotReady):
        click.echo(f"✗ {'checkov':20} {found.reason} {found.remedy}")
        return 4
    _row("checkov", f"{found.version} ({found.python})")
    recorded = kept(RUNS)
    if recorded.runs > MANY_RUNS:
        size = f"{recorded.size / 1_000_000:.1f} MB"
        _row("records", f"{recorded.runs} runs, {size} in {RUNS}/; nothing removes them but you")
    return 0


def _row(name: str, value: str) -> None:
    click.echo(f"✓ {name:20} {value}")
