"""What stands of the stacks that are to be destroyed, and what keeps them from it. Nothing is changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from skafu.cli.deploying import BY_HAND, administered
from skafu.cli.estate import Whole
from skafu.cli.foreseeing import REVIEW
from skafu.cli.reach import Reach
from skafu.deploy import Bounds, walk
from skafu.deploy.destroy import PROTECTED, UNPROTECT
from skafu.model.cloud import Cloud, Standing
from skafu.model.estate import Stack, StackId
from skafu.model.nesting import NESTING
from skafu.plan.keeping import outlives_removal

BOUNDS = Bounds(16, 16)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a stack may not be destroyed, and what to do."""

    reason: str
    hint: str


@dataclass(slots=True)
class Survey:
    """What was found.

    Attributes:
        standing: what stands, of the stacks that are to be destroyed and of those that need them.
        left: stacks that only an administrator destroys.
        refused: stack -> why it may not be destroyed.
        kept: stack -> what its deletion policies keep, as text.
    """

    standing: dict[StackId, Standing] = field(default_factory=dict)
    left: frozenset[StackId] = frozenset()
    refused: dict[StackId, Refusal] = field(default_factory=dict)
    kept: dict[StackId, list[str]] = field(default_factory=dict)


def dependants_of(whole: Whole, selected: Collection[StackId]) -> set[StackId]:
    """The stacks, and all that need one of them, directly or not."""
    found = set(selected)
    while more := {
        id_
        for id_, one in whole.stacks.items()
        if id_ not in found and any(reference.target in found for reference in one.references)
    }:
        found |= more
    return found


def survey(
    whole: Whole, selected: frozenset[StackId], reach: Reach, stop: threading.Event, *, administrator: bool
) -> Survey:
    """Look at every stack that is to be destroyed.

    Raises:
        CloudError: an account cannot be reached or is another one, or does not answer.
    """
    found = Survey()
    if not administrator:
        found.left = frozenset(id_ for id_ in selected if administered(whole.stacks[id_]))
    places = {(one.account.id, one.id.region): one for one in map(whole.stacks.__getitem__, sorted(selected))}
    for stack in places.values():
        reach.verify(stack)
    direct = {
        id_
        for id_, one in whole.stacks.items()
        if any(reference.target in selected for reference in one.references)
    }
    _each(whole, selected | direct, stop, lambda stack: _look(stack, reach, found))
    going = selected - found.left
    names = {
        (whole.stacks[id_].account.id, id_.region, whole.stacks[id_].stack_name)
        for id_ in going
        if id_ in found.standing
    }
    _each(
        whole,
        going & found.standing.keys(),
        stop,
        lambda stack: _judge(whole, stack, going, names, reach.cloud(stack), found),
    )
    return found


def _each(whole: Whole, ids: Collection[StackId], stop: threading.Event, do: Callable[[Stack], None]) -> None:
    def one(id_: StackId) -> bool:
        do(whole.stacks[id_])
        return True

    accounts = {id_: whole.stacks[id_].account.id for id_ in ids}
    walk(dict.fromkeys(ids, ()), accounts, one, BOUNDS, stopped=stop.is_set)


def _look(stack: Stack, reach: Reach, found: Survey) -> None:
    standing = reach.cloud(stack).describe(stack.stack_name)
    if standing is not None:
        found.standing[stack.id] = standing


def _judge(
    whole: Whole,
    stack: Stack,
    going: Collection[StackId],
    names: Collection[tuple[str, str, str]],
    cloud: Cloud,
    found: Survey,
) -> None:
    standing = found.standing[stack.id]
    refusal = _protected(standing) or _needed(whole, stack, going, found.standing)
    refusal = refusal or _imported(stack, standing, names, cloud)
    if refusal is not None:
        found.refused[stack.id] = refusal
    kept = list(_kept(cloud, standing.id))
    if kept:
        found.kept[stack.id] = kept


def _protected(standing: Standing) -> Refusal | None:
    return Refusal(PROTECTED, UNPROTECT) if standing.termination_protection else None


def _needed(
    whole: Whole, stack: Stack, going: Collection[StackId], standing: Mapping[StackId, Standing]
) -> Refusal | None:
    needing = sorted(
        id_
        for id_, one in whole.stacks.items()
        if id_ in standing
        and standing[id_].status != REVIEW
        and id_ not in going
        and any(reference.target == stack.id for reference in one.references)
    )
    if not needing:
        return None
    by_hand = [id_ for id_ in needing if administered(whole.stacks[id_])]
    verbs = "needs it, and stands" if len(needing) == 1 else "need it, and stand"
    reason = f"{', '.join(map(str, needing))} {verbs}"
    hint = "Destroy that first, or add --with-dependants."
    return Refusal(reason, f"{hint} {by_hand[0]}: {BY_HAND}." if by_hand else hint)


def _imported(
    stack: Stack, standing: Standing, names: Collection[tuple[str, str, str]], cloud: Cloud
) -> Refusal | None:
    for export, importers in sorted(cloud.importers(standing.id).items()):
        others = [one for one in importers if (stack.account.id, stack.id.region, one) not in names]
        if others:
            reason = f"its export {export} is imported by {', '.join(others)}"
            return Refusal(reason, "Delete that stack, or its import, first.")
    return None


def _kept(cloud: Cloud, name: str, prefix: str = "") -> Iterator[str]:
    """What outlives the deletion: `Table  AWS::DynamoDB::Table  metrics`, of nested stacks `Nested.Table`."""
    template = cloud.template(name)
    declared = template.get("Resources", {}) if isinstance(template, dict) else {}
    for logical_id, type_, physical_id in sorted(cloud.resources(name)):
        resource = declared.get(logical_id)
        if resource is not None and outlives_removal(resource):
            snapshot = resource.get("DeletionPolicy", "Snapshot") == "Snapshot"
            what = "a snapshot of " if snapshot else ""
            yield f"{prefix}{logical_id}  {type_}  {what}{physical_id}"
        elif type_ in NESTING and physical_id:
            yield from _kept(cloud, physical_id, f"{prefix}{logical_id}.")
