"""Stacks that skafu made, that stand, and that no definition makes any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from skafu.cli.estate import Whole
from skafu.cli.reach import Reach
from skafu.deploy.owned import Origin, origin_of
from skafu.model.cloud import Standing
from skafu.model.estate import Stack
from skafu.model.event import Event, Tell


@dataclass(frozen=True, slots=True)
class LeftOver:
    """One of them.

    Attributes:
        standing: as CloudFormation describes it.
        origin: what it was deployed as, by its tags.
        beside: a stack of the same account, region and environment, by which it is reached.
    """

    standing: Standing
    origin: Origin
    beside: Stack


def left_over(whole: Whole, stacks: Iterable[Stack], reach: Reach) -> Iterator[LeftOver]:
    """The stacks whose tags say that they are of an environment, and that nothing declares.

    Names only tell which stacks to look at: anybody may name a stack as ours are.

    Args:
        whole: every stack that is declared.
        stacks: where to look: beside these.
        reach: the way to the accounts.

    Raises:
        CloudError: an account cannot be read.
    """
    estate = whole.declared.estate
    known = {(one.account.id, one.id.region, one.stack_name) for one in whole.stacks.values()}
    places = {(one.account.id, one.id.region, one.id.environment): one for one in stacks}
    for (account, region, environment), beside in sorted(places.items()):
        cloud = reach.cloud(beside)
        for listed in cloud.stacks(f"{estate}-{environment}-"):
            standing = None if (account, region, listed.name) in known else cloud.describe(listed.id)
            origin = origin_of(standing.tags) if standing is not None else None
            if standing is None or origin is None or origin.id in whole.stacks:
                continue
            if (origin.estate, origin.id.environment, origin.id.region) == (estate, environment, region):
                yield LeftOver(standing, origin, beside)


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
