"""`skafu local`: the embedded endpoint, for as long as somebody wants it."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from skafu.aws.embedded import server, standing
from skafu.aws.embedded.standing import LOCAL, Beginning, Broken, Found, Running
from skafu.cli.common import repository, root_option
from skafu.model.errors import SkafuError

NOT_SAVED = (
    "It is saved when the endpoint is stopped; a process that is killed loses what was done since its start."
)


@click.group(short_help="Start, stop and see an embedded AWS endpoint on this machine.")
def command() -> None:
    """An AWS endpoint on this machine: MiniStack, on loopback, with every account and region of the estate.

    `--endpoint embedded` uses the one that is running, or starts one for a single command. Both keep what is
    deployed in .skafu/local/, so that the next one finds it. Nothing in it can reach AWS.

    \b
      skafu local start
      skafu deploy --env development --endpoint embedded
      skafu local status
      skafu local stop
    """


@command.command("start", short_help="Start it; it goes on after this command.")
@root_option
def start(root: Path | None) -> int:
    """Start the embedded endpoint. Where it runs already, say so."""
    folder = repository(root) / LOCAL
    found = standing.look(folder)
    if isinstance(found, Running) and found.shared:
        click.echo(f"It runs already: {found.url} (process {found.pid})")
        return 0
    if isinstance(found, Broken):
        click.echo(_lost(found), err=True)
    made = server.start(folder)
    click.echo(f"It runs: {made.url} (process {made.pid}). `--endpoint embedded` uses it.")
    return 0


@command.command("stop", short_help="Stop it, and keep what is deployed.")
@click.option("--forget", is_flag=True, help="Remove everything that was deployed there.")
@root_option
def stop(root: Path | None, *, forget: bool) -> int:
    """Stop the embedded endpoint and wait until it has saved what is deployed."""
    folder = repository(root) / LOCAL
    found = standing.look(folder)
    if isinstance(found, Running) and not found.shared:
        raise SkafuError(f"it belongs to a command that is at work (process {found.pid}) and ends with it.")
    lost = server.stop(folder)
    if isinstance(found, Running):
        click.echo(lost or f"Stopped: {found.url} (process {found.pid})")
    else:
        click.echo(_lost(found) if isinstance(found, Broken) else "It does not run.")
    if forget and folder.is_dir():
        shutil.rmtree(folder)
        click.echo(f"Removed {LOCAL}")
    return 4 if lost else 0


@command.command("status", short_help="Tell whether it runs, and what is deployed there.")
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@root_option
def status(root: Path | None, format_: str) -> int:
    """Tell whether the embedded endpoint runs, since when, and how many stacks each account has."""
    folder = repository(root) / LOCAL
    told = _told(standing.look(folder), folder)
    if format_ == "json":
        click.echo(json.dumps(told, indent=2))
        return 0
    for line in _lines(told):
        click.echo(line)
    return 0


def _told(found: Found, folder: Path) -> dict[str, Any]:
    kept = {"folder": str(LOCAL), "bytes": standing.size(folder)}
    if isinstance(found, Running):
        return {
            "status": "running",
            "url": found.url,
            "pid": found.pid,
            "version": found.version,
            "since": _time(found.since),
            "shared": found.shared,
            "stacks": standing.stacks(found.url),
            **kept,
        }
    if isinstance(found, Broken):
        return {"status": "broken", "reason": _lost(found), **kept}
    return {"status": "starting" if isinstance(found, Beginning) else "stopped", **kept}


def _lines(told: dict[str, Any]) -> list[str]:
    state = f"state      {told['bytes'] / 1_000_000:.1f} MB in {told['folder']}/"
    if told["status"] != "running":
        return [f"status     {told['status']}", *([told["reason"]] if "reason" in told else []), state]
    accounts = told["stacks"]
    number = sum(sum(regions.values()) for regions in accounts.values())
    return [
        "status     running" + ("" if told["shared"] else ", for a command that is at work"),
        f"url        {told['url']}",
        f"process    {told['pid']}, since {told['since']}",
        f"MiniStack  {told['version']}",
        f"stacks     {number} in {len(accounts)} accounts",
        *(
            f"           {account}  {', '.join(f'{region} {count}' for region, count in regions.items())}"
            for account, regions in accounts.items()
        ),
        f"{state}. {NOT_SAVED}",
    ]


def _lost(found: Broken) -> str:
    return (
        f"The one that was started at {_time(found.since)} has ended without saving, as a killed process does: "
        "what was done since then is lost, what was saved before is there."
    )


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
