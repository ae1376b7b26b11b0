"""Stacks that stand and that no definition makes any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import click

from skafu.cli.deploying import Ground
from skafu.cli.estate import Whole
from skafu.cli.reach import Reach
from skafu.deploy import execution_role
from skafu.model.cloud import Cloud, CloudError, Standing
from skafu.model.estate import Stack
from skafu.model.event import Event, Tell


@dataclass(frozen=True, slots=True)
class LeftOver:
    """One of them, and a stack of the same account, region and environment by which it is reached."""

    standing: Standing
    beside: Stack


def left_over(whole: Whole, stacks: Iterable[Stack], reach: Reach) -> Iterator[LeftOver]:
    """The stacks whose name begins as those of an environment do, and that nothing declares.

    Args:
        whole: every stack that is declared.
        stacks: where to look: beside these.
        reach: the way to the accounts.

    Raises:
        CloudError: an account cannot be read.
    """
    declared = whole.declared
    known = {(one.account.id, one.id.region, one.stack_name) for one in whole.stacks.values()}
    names = [f"{declared.estate}-{name}-" for name in declared.environments]
    places = {(one.account.id, one.id.region, one.id.environment): one for one in stacks}
    for (account, region, environment), beside in sorted(places.items()):
        prefix = f"{declared.estate}-{environment}-"
        longer = tuple(name for name in names if name != prefix and name.startswith(prefix))
        for standing in reach.cloud(beside).stacks(prefix):
            if (account, region, standing.name) not in known and not (
                longer and standing.name.startswith(longer)
            ):
                yield LeftOver(standing, beside)


def tell_left_over(whole: Whole, stacks: Iterable[Stack], reach: Reach, tell: Tell) -> list[LeftOver]:
    """Report them; none is touched.

    Raises:
        CloudError: an account cannot be read.
    """
    found = list(left_over(whole, stacks, reach))
    for one in found:
        values = {"name": one.standing.name, "id": one.standing.id, "status": one.standing.status}
        tell(Event("not-declared", None, values))
    return found


def prune(ground: Ground, found: list[LeftOver], *, administrator: bool, ask: bool) -> list[str]:
    """Delete them, those first that nothing imports from; what could not be deleted, as sentences.

    Raises:
        click.Abort: whoever was asked said no.
    """
    if not found:
        return []
    listed = "\n".join(f"  {one.standing.name}  {one.standing.status}" for one in found)
    click.echo(f"Nothing declares these stacks:\n{listed}")
    if ask:
        click.confirm("Delete them, with all that their deletion policies do not keep?", abort=True)
    left: list[LeftOver] = list(found)
    failures: dict[str, str] = {}
    while left:
        failures = {
            one.standing.name: _delete(ground, one, "" if administrator else execution_role(one.beside))
            for one in left
        }
        still = [one for one in left if failures[one.standing.name]]
        if len(still) == len(left):
            break
        left = still
    return [f"{name}: {reason}" for name, reason in sorted(failures.items()) if reason]


def _delete(ground: Ground, one: LeftOver, role: str) -> str:
    """Why it could not be deleted; empty if it is gone."""
    cloud: Cloud = ground.reach.cloud(one.beside)
    token = f"skafu-{ground.run}-prune"
    try:
        cloud.delete(one.standing.id, token, role)
        ended = cloud.settle(one.standing.id, token, lambda _: None)
    except CloudError as error:
        return f"{error.message} {error.hint}".strip()
    if ended is None or ended.status == "DELETE_COMPLETE":
        return ""
    return ended.reason or f"it ended as {ended.status}"
