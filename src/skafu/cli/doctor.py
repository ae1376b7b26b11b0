"""`skafu doctor`: whether this machine can judge, and deploy to the embedded endpoint."""

from __future__ import annotations

import platform
from importlib.metadata import version
from pathlib import Path

import click

from skafu import __version__
from skafu.adapters import checkov_environment
from skafu.aws.embedded import environment as ministack_environment
from skafu.environments.making import NotReady
from skafu.record import kept

RUNS = Path("reports/runs")

MANY_RUNS = 200
"""From more recorded runs than this on, it is worth a word that nothing removes them."""


@click.command(short_help="Tell whether everything that judging needs is in place.")
@click.option(
    "--install",
    "wanted",
    is_flag=True,
    help="Make the environments of Checkov and MiniStack first, those that are not ready.",
)
def command(*, wanted: bool) -> int:
    """Tell whether everything that judging needs is in place; exit code 4 if something is missing.

    Checkov, and MiniStack for the embedded endpoint, run in environments of their own, from lock files with hashes
    that ship with skafu. Judging does not need MiniStack: where it is missing, that is said and no more.
    """
    if wanted:
        for one in (checkov_environment, ministack_environment):
            if isinstance(one.status(), NotReady):
                one.install(lambda line: click.echo(line, err=True))
    _row("python", platform.python_version())
    _row("skafu", __version__)
    for name in ("cfn-lint", "aws-sam-translator", "boto3"):
        _row(name, version(name))
    checkov, ministack = checkov_environment.status(), ministack_environment.status()
    if isinstance(checkov, NotReady):
        click.echo(f"✗ {'checkov':20} {checkov.reason} {checkov.remedy}")
    else:
        _row("checkov", f"{checkov.version} ({checkov.python})")
    if isinstance(ministack, NotReady):
        click.echo(
            f"- {'ministack':20} {ministack.reason} Only `--endpoint embedded` needs it. {ministack.remedy}"
        )
    else:
        _row("ministack", f"{ministack.version} ({ministack.python})")
    recorded = kept(RUNS)
    if recorded.runs > MANY_RUNS:
        size = f"{recorded.size / 1_000_000:.1f} MB"
        _row("records", f"{recorded.runs} runs, {size} in {RUNS}/; nothing removes them but you")
    return 4 if isinstance(checkov, NotReady) else 0


def _row(name: str, value: str) -> None:
    click.echo(f"✓ {name:20} {value}")
