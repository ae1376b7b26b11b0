"""The way from a verdict to what stands: accounts, locks, the walk, and what is left over. It decides nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TypeAlias

from skafu.aws.lock import Lock
from skafu.cli.composing import Composer
from skafu.cli.done import Done
from skafu.cli.estate import Rules, Whole
from skafu.cli.locking import locked
from skafu.cli.plan_gate import plan_gate
from skafu.cli.planning import PlanGate, emulated_plan_of, plan_of, removal
from skafu.cli.reach import Reach
from skafu.cli.sealing import Seal
from skafu.deploy import Bounds, Means, Walked, Went, deploy_stack, execution_role, walk
from skafu.deploy.held import differences
from skafu.deploy.states import stands
from skafu.deploy.submission import late_parameters, submission
from skafu.model.cloud import CloudError, Standing
from skafu.model.errors import SkafuError
from skafu.model.estate import Stack, StackId
from skafu.model.event import Event, Tell
from skafu.model.verdict import Approved
from skafu.record.pace import pace

After: TypeAlias = Callable[[Walked, PlanGate, Callable[[], bool]], None]
"""Takes what came of the walk, the gate over plans, and whether nothing more is to be begun."""

BY_HAND = "only an administrator deploys it (administered: true)"


@dataclass(frozen=True, slots=True)
class Wishes:
    """How it is to be done.

    Attributes:
        bounds: how many stacks at once.
        recover: whether stacks that are stuck are brought out of it.
        as_administrator: whether the credentials are used as they are, and every stack is deployed.
        patience: seconds to wait for somebody else's lock.
        imports: logical id -> identifier, of an import that was asked for.
    """

    bounds: Bounds = field(default_factory=lambda: Bounds(16, 16))
    recover: bool = False
    as_administrator: bool = False
    patience: float = 0.0
    imports: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ground:
    """What a deployment stands on.

    Attributes:
        root: of the repository.
        run: id of the run.
        folder: where it is recorded.
        today: the day that waivers are held against.
        whole: every stack there is.
        selected: those that were asked for, all of them approved.
        rules: who judges, and how strictly.
        approved: what the gate approved.
        reach: the way to the accounts.
        seal: what lies on disk now.
        tell: records an event and shows it.
    """

    root: Path
    run: str
    folder: Path
    today: date
    whole: Whole
    selected: frozenset[StackId]
    rules: Rules
    approved: Mapping[StackId, Approved]
    reach: Reach
    seal: Seal
    tell: Tell

    def stacks(self) -> list[Stack]:
        """The stacks that were asked for, by id."""
        return [self.whole.stacks[id_] for id_ in sorted(self.selected)]


def needs_of(whole: Whole, selected: frozenset[StackId]) -> dict[StackId, list[StackId]]:
    """Stack -> the stacks that it waits for, of those that are selected."""
    return {
        id_: sorted({one.target for one in whole.stacks[id_].references} & selected - {id_})
        for id_ in sorted(selected)
    }


def with_needs(whole: Whole, selected: set[StackId]) -> set[StackId]:
    """The stacks and all they need, directly or not."""
    found, pending = set(selected), list(selected)
    while pending:
        for reference in whole.stacks[pending.pop()].references:
            if reference.target in whole.stacks and reference.target not in found:
                found.add(reference.target)
                pending.append(reference.target)
    return found


def carry_out(
    ground: Ground, wishes: Wishes, done: Done, scratch: Path, stop: threading.Event, after: After
) -> tuple[Walked, set[StackId]]:
    """Deploy everything that was asked for; the stacks whose plan was blocked are told apart.

    `after` is called when all came to its end, while the locks are still held.

    Raises:
        CloudError: an account cannot be reached or is another one, or somebody else has a lock.
        SkafuError: it cannot be recorded.
    """
    blocked: set[StackId] = set()
    with ExitStack() as stack:
        ours = [one for one in ground.stacks() if wishes.as_administrator or not administered(one)]
        locks = stack.enter_context(locked(ours, ground.reach, ground.tell, wishes.patience))
        judge = stack.enter_context(plan_gate(ground.rules, ground.root, ground.today, ground.tell))
        composer = Composer(
            ground.root,
            ground.whole.declared.artifacts,
            ground.reach.bucket,
            scratch,
            embedded=ground.reach.embedded,
        )
        means = Means(
            run=ground.run,
            approved=ground.approved,
            cloud=ground.reach.cloud,
            compose=composer,
            differs=lambda stack, approved: [
                *_lost(locks),
                *ground.seal.differs(stack, approved),
                *composer.still_stored(stack),
            ],
            plan=emulated_plan_of if ground.reach.embedded else plan_of,
            removal=removal,
            judge=judge,
            role=roles(administrator=wishes.as_administrator),
            keep=keeper(ground.folder),
            tell=ground.tell,
            recover=wishes.recover,
            emulated=ground.reach.embedded,
            imports=wishes.imports,
        )
        work = _Work(ground, wishes, done, means, composer, blocked)

        def stopped() -> bool:
            return stop.is_set() or any(lock.lost for lock in locks)

        walked = walk(
            needs_of(ground.whole, ground.selected),
            {one.id: one.account.id for one in ground.stacks()},
            work.one,
            wishes.bounds,
            stopped=stopped,
            seconds=pace(ground.folder, ground.selected),
        )
        for skipped, because in sorted(walked.skipped.items()):
            reason = "its plan is blocked" if because in blocked else "it failed"
            ground.tell(Event("stack-skipped", skipped, {"because": str(because), "reason": reason}))
        if not walked.left:
            after(walked, judge, stopped)
    return walked, blocked


class _Work:
    """One stack after the other, in whatever thread."""

    def __init__(
        self,
        ground: Ground,
        wishes: Wishes,
        done: Done,
        means: Means,
        composer: Composer,
        blocked: set[StackId],
    ) -> None:
        self._ground = ground
        self._wishes = wishes
        self._done = done
        self._means = means
        self._composer = composer
        self._blocked = blocked
        self._outputs: dict[StackId, Mapping[str, str]] = {
            id_: one.outputs for id_, one in done.stood.items()
        }

    def one(self, id_: StackId) -> bool:
        """Whether this stack is as it should be."""
        stack = self._ground.whole.stacks[id_]
        try:
            if id_ in self._done.stood and self._done.holds(
                id_, self._ground.reach.cloud(stack).describe(stack.stack_name)
            ):
                return True
            self._needed(stack)
            if administered(stack) and not self._wishes.as_administrator:
                self._outputs[id_] = self._left(stack)
                return True
        except CloudError as error:
            self._tell("stack-failed", id_, reason=error.message, status="", hint=error.hint)
            return False
        went, outputs = deploy_stack(stack, self._outputs, self._means, self._done.priors.get(id_))
        if went is Went.BLOCKED:
            self._blocked.add(id_)
        self._outputs[id_] = outputs
        return went is Went.DONE

    def _needed(self, stack: Stack) -> None:
        """The outputs of what was not asked for, and must stand."""
        for target in sorted({one.target for one in stack.references} - self._ground.selected):
            if target in self._outputs or target not in self._ground.whole.stacks:
                continue
            needed = self._ground.whole.stacks[target]
            standing = self._ground.reach.reading(needed, stack).describe(needed.stack_name)
            if standing is None or not stands(standing):
                raise CloudError(
                    f"it needs {target}, which {_amiss(standing)}",
                    hint="Deploy that first, or add --with-needs.",
                )
            self._outputs[target] = standing.outputs

    def _left(self, stack: Stack) -> Mapping[str, str]:
        """The outputs of a stack that is not ours to deploy."""
        cloud = self._ground.reach.cloud(stack)
        standing = cloud.describe(stack.stack_name)
        if standing is None or not stands(standing):
            raise CloudError(
                f"{BY_HAND}, and it {_amiss(standing)}", hint="Deploy it with --as-administrator."
            )
        template = self._composer.sketch(stack)
        asked = submission(stack, template, late_parameters(stack, self._outputs), "", "")
        found = differences(asked, cloud.template(stack.stack_name), standing)
        apart = any(found.values())
        self._tell(
            "stack-left",
            stack.id,
            reason=f"{BY_HAND}; " + ("it is not what is declared" if apart else "it is what is declared"),
        )
        return standing.outputs

    def _tell(self, kind: str, id_: StackId, **values: str) -> None:
        self._ground.tell(Event(kind, id_, values))


def _amiss(standing: Standing | None) -> str:
    """Why others cannot rely on a stack, as the end of a sentence about it."""
    if standing is None or standing.status == "REVIEW_IN_PROGRESS":
        return "does not stand"
    return f"is in {standing.status}"


def _lost(locks: list[Lock]) -> list[str]:
    """Why something may not go on that was begun under a lock."""
    return [f"the lock was lost: {lock.lost}" for lock in locks if lock.lost]


def keeper(folder: Path) -> Callable[[Stack, str], str]:
    """Keeps a copy of each template as it was submitted, beside the log."""

    def keep(stack: Stack, template: str) -> str:
        name = f"submitted/{str(stack.id).replace('/', '_')}.json"
        path = folder / name
        try:
            path.parent.mkdir(exist_ok=True)
            path.write_text(template, encoding="utf-8")
        except OSError as error:
            message = f"what is submitted for {stack.id} cannot be kept: {error.strerror or error}"
            raise SkafuError(message, hint="skafu deploys nothing that it cannot record.") from None
        return name

    return keep


def administered(stack: Stack) -> bool:
    """Whether only an administrator deploys it."""
    return stack.definition.says("administered")


def roles(*, administrator: bool) -> Callable[[Stack], str]:
    """Who changes the resources of a stack: the role that is declared, or whoever runs skafu (an empty text)."""
    return (lambda _: "") if administrator else execution_role
