"""`--prune`: stacks that nothing declares any more are deleted, under the lock, by the gate, and after a question."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from itertools import count

import click

from skafu.cli.deploying import BY_HAND, Ground, administered, roles
from skafu.cli.estate import judges_of
from skafu.cli.left_over import LeftOver, tell_left_over
from skafu.cli.planning import PlanGate, removal
from skafu.cli.resuming import Asked
from skafu.cli.stopping import stopped_at_once
from skafu.cli.undeclared import Undeclared
from skafu.cli.undeclared_stack import stand_in
from skafu.deploy import Walked
from skafu.deploy.prune import Pruning, done, failed, prune_stack
from skafu.model.cloud import CloudError
from skafu.model.estate import Stack
from skafu.model.event import Event
from skafu.model.verdict import Approved
from skafu.record.resume import Broken, Left
from skafu.render.safe import no_commands, visible


class Answer(Enum):
    """What came of the question."""

    YES = ""
    NO = "the answer was no"
    NOBODY = "nobody is here to confirm it; a machine says --yes"


@dataclass(frozen=True, slots=True)
class Prune:
    """How it is to be done.

    Attributes:
        ground: what the deployment stands on.
        asked: what was asked for.
        undeclared: what lies on disk at the moment.
        stopped: whether nothing more is to be begun: somebody stopped it, or a lock is lost.
    """

    ground: Ground
    asked: Asked
    undeclared: Undeclared
    stopped: Callable[[], bool]


def look_after(prune: Prune, gate: PlanGate, walked: Walked, broken: Broken | None) -> Answer:
    """Tell what nothing declares any more, and delete it where that was asked for. Call it while the locks are held.

    Args:
        prune: how it is to be done.
        gate: decides about each deletion.
        walked: what came of the stacks that were asked for.
        broken: the run that goes on, if one does.

    Raises:
        CloudError: an account cannot be read, and something was to be deleted there.
        SkafuError: it cannot be recorded; then nothing further is done.
    """
    ground = prune.ground
    try:
        found = tell_left_over(ground.whole, ground.stacks(), ground.reach, ground.tell)
    except CloudError as error:
        if prune.asked.prune:
            raise
        click.echo(f"nobody can say which stacks are not declared any more: {error}", err=True)
        return Answer.YES
    if not prune.asked.prune:
        return Answer.YES
    _tell_gone(ground, broken)
    if walked.failed:
        for one in found:
            _not_pruned(prune, one, "only after a deployment of which nothing failed or was blocked")
        return Answer.YES
    return _pruned(prune, gate, found)


def _tell_gone(ground: Ground, broken: Broken | None) -> None:
    """What a run that was broken off had begun to delete, and what is gone by now."""
    begun = broken.stacks(Left.IN_FLIGHT) if broken else ()
    for one in (one for one in begun if broken and one.id not in broken.deployment.needs):
        place = (one.id.environment, one.id.region)
        beside = next(
            (other for other in ground.stacks() if (other.id.environment, other.id.region) == place), None
        )
        standing = ground.reach.cloud(beside).describe(one.stack_id) if beside else None
        if beside and (standing is None or standing.status == "DELETE_COMPLETE"):
            done(one.id, one.stack_id, ground.tell, 0.0)


def _pruned(prune: Prune, gate: PlanGate, found: Iterable[LeftOver]) -> Answer:
    wanted: list[LeftOver] = []
    for one in found:
        try:
            why = _kept(prune, one)
        except CloudError as error:
            failed(stand_in(one), error.message, prune.ground.tell, hint=error.hint)
            continue
        if why:
            _not_pruned(prune, one, why)
        else:
            wanted.append(one)
    if not wanted:
        return Answer.YES
    answer = Answer.YES if prune.asked.yes else _answer(wanted)
    if answer is Answer.YES:
        _delete(prune, gate, wanted)
    else:
        for one in wanted:
            _not_pruned(prune, one, answer.value)
    return answer


def _kept(prune: Prune, one: LeftOver) -> str:
    """Why a stack is not asked about; empty if it is."""
    environments = prune.asked.environments
    administrator = prune.asked.as_administrator
    id_ = one.origin.id
    if environments and id_.environment not in environments:
        return f"{id_.environment} was not asked for as a whole"
    if one.origin.administered and not administrator:
        return BY_HAND.replace("deploys", "deploys and deletes")
    locked = (
        (other.account.id, other.id.region, other.id.environment)
        for other in prune.ground.stacks()
        if administrator or not administered(other)
    )
    if (one.beside.account.id, id_.region, id_.environment) not in locked:
        return "nothing is deployed there, so its lock is not held"
    return _refused(prune, stand_in(one))


def _refused(prune: Prune, stack: Stack, approved: Approved | None = None) -> str:
    """Why a stack is not to be deleted any more; empty if it is.

    Raises:
        CloudError: nobody can tell, or nothing may be begun.
    """
    if prune.stopped():
        raise CloudError("nothing more is begun: the run was stopped, or a lock is lost")
    if approved is not None and dict(approved.judges) != judges_of(prune.ground.root):
        raise CloudError("what judged its deletion changed meanwhile")
    return "" if prune.undeclared.now(stack.id) else "it is declared again meanwhile"


def _answer(wanted: list[LeftOver]) -> Answer:
    click.echo("Nothing declares these stacks:", err=True)
    for one in wanted:
        account = one.beside.account
        line = f"  {one.standing.name}  {one.standing.status}  in {account.name} ({account.id})"
        click.echo(no_commands(visible(line)), err=True)
    if not sys.stdin.isatty():
        return Answer.NOBODY
    question = "Delete them, with all that their deletion policies do not keep?"
    try:
        with stopped_at_once():
            return Answer.YES if click.confirm(question, err=True) else Answer.NO
    except click.Abort:
        return Answer.NO


def _delete(prune: Prune, gate: PlanGate, wanted: list[LeftOver]) -> None:
    """In rounds: a stack goes when nothing imports what it exports any more."""
    tell = prune.ground.tell
    pruning = Pruning(
        run=prune.ground.run,
        plan=removal,
        judge=gate,
        refused=lambda stack, approved: _refused(prune, stack, approved),
        tell=tell,
    )
    for turn in count():
        held = {one.standing.id: _imported(prune, one) for one in wanted}
        free = [one for one in wanted if not held[one.standing.id]]
        for one in free:
            _one(prune, one, turn, pruning)
        wanted = [one for one in wanted if held[one.standing.id]]
        if not free or not wanted:
            break
    for one in wanted:
        failed(stand_in(one), held[one.standing.id], tell, status=one.standing.status)


def _one(prune: Prune, one: LeftOver, turn: int, pruning: Pruning) -> None:
    """Delete one that is still what it was when somebody was asked about it."""
    stack, cloud = stand_in(one), prune.ground.reach.cloud(one.beside)
    role = roles(administrator=prune.asked.as_administrator)(stack)
    try:
        refused = _refused(prune, stack)
        now = cloud.describe(one.standing.id)
    except CloudError as error:
        failed(stack, error.message, pruning.tell, hint=error.hint)
        return
    if refused:
        _not_pruned(prune, one, refused)
    elif now is None:
        _not_pruned(prune, one, "somebody else deleted it meanwhile")
    elif now.tags != one.standing.tags:
        _not_pruned(prune, one, "somebody changed it meanwhile")
    else:
        prune_stack(stack, cloud, now, role, turn, pruning)


def _imported(prune: Prune, one: LeftOver) -> str:
    """Which stack imports what it exports; empty if none does, or if nobody can tell: then CloudFormation does."""
    try:
        found = prune.ground.reach.cloud(one.beside).importers(one.standing.id)
    except CloudError:
        return ""
    export = next(iter(sorted(found)), "")
    return f"{found[export][0]} imports its export {export}" if export else ""


def _not_pruned(prune: Prune, one: LeftOver, reason: str) -> None:
    click.echo(no_commands(visible(f"not deleted: {one.standing.name}: {reason}")), err=True)
    prune.ground.tell(Event("not-pruned", None, {"name": one.standing.name, "reason": reason}))
