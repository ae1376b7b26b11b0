"""`skafu history`: what was judged and deployed, when, by whom, on which verdict."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from rich.console import Console

from skafu.cli.common import repository, root_option
from skafu.cli.history_text import print_life, print_run, print_runs
from skafu.model.errors import InputError
from skafu.model.estate import StackId
from skafu.record import deployment_of, goes_on, read_run, report_of
from skafu.render.facts import count
from skafu.render.safe import as_json

if TYPE_CHECKING:
    from skafu.record.history import History

RUNS = "reports/runs"
STORE = "reports/history.db"

_LISTED = 20

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


def _store_option(function: Decorated) -> Decorated:
    return click.option(
        "--store",
        envvar="SKAFU_HISTORY",
        metavar="URL",
        help=f"The database: a URL of SQLAlchemy. Default: $SKAFU_HISTORY, else SQLite in {STORE}.",
    )(function)


def _format_option(function: Decorated) -> Decorated:
    return click.option(
        "--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True
    )(function)


@click.group(short_help="What was judged and deployed, when, by whom, on which verdict.")
def command() -> None:
    """What was judged and deployed, when, by whom, on which verdict.

    All of it is read from the records under reports/runs/. So that it can be asked quickly it is kept in a database,
    too, which each of these commands brings up to date, and which can be made anew from the records at any time.

    \b
      skafu history list
      skafu history show 20261122T101500Z-3f9a1c
      skafu history stack production/us-east-1/data
    """


@command.command("list", short_help="List the runs, newest first.")
@click.option("--command", "what", metavar="NAME", default="", help="Only these: deploy, validate ...")
@click.option("--limit", type=click.IntRange(1), default=_LISTED, show_default=True, help="Runs at most.")
@_format_option
@_store_option
@root_option
def list_(what: str, limit: int, format_: str, store: str | None, root: Path | None) -> int:
    """List the runs, newest first: what was run, by whom, where, and how it ended.

    \b
      skafu history list --command deploy

    Exit codes: 0, or 2 if the history cannot be used.
    """
    # ruff: noqa: PLC0415 - SQLAlchemy takes 0.2 s to import, and `--help` needs none of it
    from skafu.record.history import runs

    folder = repository(root)
    with current(folder, store) as history:
        found = runs(history, command=what, limit=limit)
    if format_ == "json":
        click.echo(as_json([_plain(one) for one in found]), nl=False)
    elif found:
        print_runs(found, {one.run for one in found if goes_on(folder / RUNS / one.run)}, Console())
    else:
        click.echo(f"No run is recorded in {RUNS}/.")
    return 0


@command.command(short_help="Show one run: what was judged, what was deployed, what came of it.")
@click.argument("run", metavar="RUN")
@_format_option
@root_option
def show(run: str, format_: str, root: Path | None) -> int:
    """Show one run, from its record alone: what was judged, what was deployed, what came of it.

    RUN is an id, or as much of its beginning as is needed, or `last`.

    Exit codes: 0, or 2 if there is no such run or its record cannot be read.
    """
    from skafu.render.json_report import render

    runs = repository(root) / RUNS
    id_ = _meant(run, runs)
    events = read_run(runs / id_)
    report, deployment = report_of(events), deployment_of(events)
    if format_ == "text":
        began = events[0] if events else {}
        print_run(began, report, deployment, Console())
        if goes_on(runs / id_):
            click.echo("It still goes on: a process is writing its record.")
        return 0
    from skafu.render.deployment import json as deployment_json

    judged = json.loads(render(report, lambda _: ()))
    done = None if deployment is None else json.loads(deployment_json(deployment))
    click.echo(as_json({"run": id_, "report": judged, "deployment": done}), nl=False)
    return 0


@command.command("stack", short_help="The life of one stack, newest first.")
@click.argument("stack", metavar="STACK")
@_format_option
@_store_option
@root_option
def stack_(stack: str, format_: str, store: str | None, root: Path | None) -> int:
    """The life of a stack, newest first: when it was deployed, by whom, what the gate had said, what came of it.

    STACK is an id (production/us-east-1/data), or a name, which means all stacks of that name. A run that judged
    it as the one before did, and did nothing, is left out; --format json has them all.

    Exit codes: 0, or 2 if no run knows such a stack.
    """
    from skafu.record.history import known_stacks, life

    with current(repository(root), store) as history:
        ids = [id_ for id_ in known_stacks(history) if stack in {str(id_), id_.name}]
        if not ids:
            raise InputError(f'no run knows a stack "{stack}"', hint="`skafu graph` lists those of today.")
        lives = {id_: life(history, id_) for id_ in ids}
    if format_ == "json":
        told = {str(id_): [_plain(one) for one in lived] for id_, lived in lives.items()}
        click.echo(as_json(told), nl=False)
        return 0
    for id_, lived in lives.items():
        print_life(id_, lived, Console())
    return 0


@command.command("sync", short_help="Bring the database up to date with the records.")
@click.option("--rebuild", is_flag=True, help="Drop what it holds and read all records anew.")
@_store_option
@root_option
def sync_(rebuild: bool, store: str | None, root: Path | None) -> int:
    """Bring the database up to date with the records under reports/runs/.

    Runs whose record is gone stay in it, until --rebuild.

    Exit codes: 0, or 2 if a record cannot be read; the others are entered all the same.
    """
    from skafu.record.history import open_history, sync

    folder = repository(root)
    history = open_history(store or folder / STORE, rebuild=rebuild)
    try:
        done = sync(folder / RUNS, history)
    finally:
        history.close()
    click.echo(f"{count(len(done.read), 'run')} entered, {done.known} known already.")
    for run, problem in done.unreadable.items():
        click.echo(f"{run} cannot be read: {problem}", err=True)
    return 2 if done.unreadable else 0


@contextmanager
def current(folder: Path, store: str | None) -> Iterator[History]:
    """The history, brought up to date."""
    from skafu.record.history import open_history, sync

    history = open_history(store or folder / STORE)
    try:
        sync(folder / RUNS, history)
        yield history
    finally:
        history.close()


def _meant(run: str, folder: Path) -> str:
    ids = sorted(path.parent.name for path in folder.glob("*/events.jsonl"))
    found = ids[-1:] if run == "last" else [id_ for id_ in ids if id_.startswith(run)]
    if run in found:
        return run
    if not found:
        raise InputError(f"there is no record of a run {run}", hint="`skafu history list` lists them.")
    if len(found) > 1:
        raise InputError(f"{run} may be {found[0]}, {found[1]} or others", hint="Write more of it.")
    return found[0]


def _plain(value: Any) -> Any:
    """The value as JSON has it, times and stacks as text."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, StackId):
        return str(value)
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value
