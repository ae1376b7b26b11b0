"""`skafu lock`: who is deploying where, and a lock that somebody has to break by hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import click

from skafu.aws.endpoint import parse_endpoint
from skafu.aws.lock import Found, break_lock, is_stale, look, slot_of
from skafu.aws.slot import Slot
from skafu.cli.common import env_option, repository, root_option
from skafu.cli.estate import Memory, Selection, Whole, resolve_whole, select
from skafu.cli.reach import Reach, opened
from skafu.cli.remembering import standing_on, store_for
from skafu.cli.runs import RUNS, new_run, typed, whoever
from skafu.model.cloud import CloudError
from skafu.model.errors import InputError
from skafu.model.estate import Stack
from skafu.model.event import Event
from skafu.record import Log

endpoint_option = click.option("--endpoint", metavar="embedded|URL", help="Where to look, instead of AWS.")


@click.group(short_help="Who is deploying where; break a lock that was left behind.")
def command() -> None:
    """Who is deploying where, and a lock that somebody has to break by hand.

    A lock is taken over without this: at once where its process is gone from this machine, two minutes after its last
    renewal where it ran elsewhere.
    """


@command.command("list", short_help="The locks that are held now.")
@env_option
@endpoint_option
@root_option
def list_(environments: tuple[str, ...], endpoint: str | None, root: Path | None) -> int:
    """Tell who holds the locks, one line for each account, region and environment."""
    folder = repository(root)
    whole = _whole(folder)
    with opened(parse_endpoint(endpoint), folder) as where:
        reach = Reach(where, "lock-list", whoever(), session_policy=whole.declared.session_policy)
        for stack, slot in _slots(whole, environments, reach):
            click.echo(f"{_place(stack)}  {_said(_look(slot))}")
    return 0


@command.command("break", short_help="Take away a lock whose owner will not come back.")
@click.argument("environment")
@endpoint_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@root_option
def break_(environment: str, endpoint: str | None, yes: bool, root: Path | None) -> int:
    """Delete the locks of ENVIRONMENT. One that was renewed since it was looked at is left alone: somebody is at work.

    A run that has lost its lock begins nothing more; what it asked CloudFormation for goes on.
    """
    folder = repository(root)
    now = datetime.now(UTC)
    run = new_run(now)
    whole = _whole(folder)
    with opened(parse_endpoint(endpoint), folder) as where:
        reach = Reach(where, run, whoever(), session_policy=whole.declared.session_policy)
        held = [
            (stack, slot, found)
            for stack, slot in _slots(whole, (environment,), reach)
            if (found := _look(slot)) is not None
        ]
        for stack, _, found in held:
            click.echo(f"{_place(stack)}  {_said(found)}")
        if not held:
            click.echo(f"Nobody has a lock of {environment}.")
            return 0
        if not yes:
            click.confirm("Break these locks?", abort=True)
        with closing(Log.create(folder / RUNS / run)) as log:
            log.started(run, now.isoformat(timespec="seconds"), typed())
            for stack, slot, found in held:
                _break(stack, slot, found, log)
    return 0


def _break(stack: Stack, slot: Slot, found: Found, log: Log) -> None:
    if not break_lock(slot, found):
        raise CloudError(f"the lock of {_place(stack)} was renewed meanwhile: somebody is at work there.")
    holder = found.holder
    values = {
        "account": stack.account.id,
        "region": stack.id.region,
        "environment": stack.id.environment,
        "owner": holder.owner if holder else "",
        "run": holder.run if holder else "",
        "who": whoever(),
    }
    log.told(Event("lock-broken", None, values))
    click.echo(f"The lock of {_place(stack)} is broken.")


def _whole(root: Path) -> Whole:
    whole = resolve_whole(root, Memory(store_for(no_cache=False), standing_on()))
    if not whole.stacks:
        raise InputError(
            "no stack could be read, so there is nothing to look for", hint="Run `skafu validate`."
        )
    return whole


def _slots(whole: Whole, environments: tuple[str, ...], reach: Reach) -> Iterator[tuple[Stack, Slot]]:
    """One stack for each account, region and environment, and where its lock lies, if there is a bucket."""
    places: dict[tuple[str, str, str], Stack] = {}
    for id_ in sorted(select(whole, Selection((), environments))):
        stack = whole.stacks[id_]
        places.setdefault((stack.account.id, id_.region, id_.environment), stack)
    for stack in places.values():
        reach.verify(stack)
        yield stack, slot_of(reach.bucket(stack), stack.id.environment)


def _look(slot: Slot) -> Found | None:
    """Who holds it; nobody where nothing was ever deployed, so that there is no bucket."""
    try:
        return look(slot)
    except CloudError as error:
        if error.code == "NoSuchBucket":
            return None
        raise


def _place(stack: Stack) -> str:
    return f"{stack.id.environment} in {stack.account.name} ({stack.account.id}) {stack.id.region}"


def _said(found: Found | None) -> str:
    if found is None:
        return "free"
    if found.holder is None:
        return "not a lock that skafu wrote"
    age = "" if found.seen.age is None else f", renewed {max(found.seen.age, 0):.0f} s ago"
    stale = "; its owner is gone" if is_stale(found, 0.0) else ""
    return f"{found.holder.owner} since {found.holder.since} (run {found.holder.run}, on {found.holder.host}){age}{stale}"
