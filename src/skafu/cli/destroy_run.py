"""One run of `skafu destroy`, from what was asked for to the exit code; also one that goes on."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from threading import Event as Flag

import click
from rich.console import Console

from skafu.cli.deploy_run import PATIENCE
from skafu.cli.deploying import BY_HAND, administered, needs_of, roles
from skafu.cli.estate import Whole, resolve_whole
from skafu.cli.locking import locked
from skafu.cli.reach import Reach
from skafu.cli.resuming import Asked, broken_off, log_of, results_of
from skafu.cli.running import FAILED, Run, at_accounts, chosen_of, count, finished, run_of
from skafu.cli.runs import typed, whoever
from skafu.cli.stopping import INTERRUPTED, stopped_at_once
from skafu.cli.surveying import Survey, dependants_of, survey
from skafu.cli.unread import tell_unread
from skafu.deploy import Bounds, Walked, walk
from skafu.deploy.destroy import Removing, destroy_stack, on_ground, reversed_needs
from skafu.model.errors import InputError
from skafu.model.estate import StackId
from skafu.model.event import Event, Tell
from skafu.record import Log, deployment_of
from skafu.record.log import read_run
from skafu.record.resume import Broken, Left
from skafu.render.console.deploying import Deploying
from skafu.render.console.unheard import unheard
from skafu.render.deployed_facts import places
from skafu.render.deployment import show_deployment
from skafu.render.safe import no_commands, visible

Waits = Mapping[StackId, list[StackId]]
"""Stack -> those that need it, and are deleted before it."""


def destroy(root: Path, asked: Asked) -> int:
    """Delete stacks, those first that nothing needs; the exit code.

    Raises:
        InputError: what is asked for cannot be meant, or nobody confirmed it.
        CloudError: an account cannot be reached or is another one, or somebody else has a lock.
        SkafuError: it cannot be recorded.
    """
    run = run_of(root, "destroy", asked)
    whole = resolve_whole(run.root, run.memory)
    tell_unread(whole)
    selected = chosen_of(whole, asked)
    if asked.with_dependants:
        selected = dependants_of(whole, selected)
    with at_accounts(run, whole) as (reach, stop):
        found = survey(whole, frozenset(selected), reach, stop, administrator=asked.as_administrator)
        if stop.is_set():
            return INTERRUPTED
        going = frozenset(selected) - found.left
        standing = going & found.standing.keys()
        if standing and not found.refused:
            _confirmed(standing, found, whole, asked)
        log = run.record()
        with closing(log):
            for id_ in sorted(selected):
                log.resolved(whole.stacks[id_])
            ground = {id_ for id_ in going if administered(whole.stacks[id_])}
            waits = reversed_needs(on_ground(needs_of(whole, going), ground))
            work = _Work(run, whole, reach, stop, log, waits)
            work.tell(run.begun({**{id_: [] for id_ in sorted(found.left)}, **waits}))
            for id_ in sorted(found.left):
                work.tell(Event("stack-left", id_, {"reason": BY_HAND}))
            if found.refused:
                return work.refuse(found)
            return work.carry_out(going, found, patience=0.0)


def resume(root: Path, id_: str) -> int:
    """Go on with a run that was broken off, as it was asked for and confirmed then; the exit code.

    Raises:
        InputError: there is no such run, it came to its end, or a stack is not declared any more.
        CloudError: see `destroy`.
        SkafuError: likewise.
    """
    with closing(log_of(root, id_)) as log:
        broken, asked = broken_off(root, id_, "destroy")
        return _gone_on(run_of(root, "destroy", asked, id_=id_), broken, log)


def _gone_on(run: Run, broken: Broken, log: Log) -> int:
    whole = resolve_whole(run.root, run.memory)
    unknown = sorted(broken.deployment.needs.keys() - whole.stacks.keys())
    if unknown:
        message = f"nothing declares {unknown[0]} any more, which run {run.id} was to delete"
        raise InputError(message, hint="Declare it again, or let `skafu deploy --prune` delete it.")
    going = _still(broken)
    waits = {
        one: [other for other in broken.deployment.needs.get(one, ()) if other in going] for one in going
    }
    with at_accounts(run, whole) as (reach, stop):
        found = survey(whole, going, reach, stop, administrator=True)
        work = _Work(run, whole, reach, stop, log, waits)
        work.results.update(results_of(broken).values())
        work.tell(Event("deploy-resumed", None, {"who": whoever(), "command": typed()}))
        return work.carry_out(going, found, patience=PATIENCE)


def _still(broken: Broken) -> frozenset[StackId]:
    """What is left to be deleted."""
    return frozenset(
        one.id
        for one in broken.deployment.stacks
        if one.reason != BY_HAND and broken.left[one.id] is not Left.DONE
    )


def _confirmed(standing: frozenset[StackId], found: Survey, whole: Whole, asked: Asked) -> None:
    """Ask whoever sits there, unless `--yes` says so already.

    Raises:
        InputError: nobody sits there, or the answer is another.
    """
    click.echo(
        f"To be deleted, with all that is in them: {len(standing)} stacks in {places(standing)}", err=True
    )
    for id_ in sorted(standing):
        account = whole.stacks[id_].account
        click.echo(f"  {id_}  {found.standing[id_].status}  in {account.name} ({account.id})", err=True)
    _tell_kept(found.kept, "Deletion policies keep:")
    if asked.yes:
        return
    if not sys.stdin.isatty():
        raise InputError("nothing was deleted: nobody is here to confirm it", hint="A machine says --yes.")
    wanted = ", ".join(sorted({id_.environment for id_ in standing}))
    with stopped_at_once():
        typed_name = click.prompt(f"Type {wanted} to delete them", default="", show_default=False, err=True)
    if typed_name.strip() != wanted:
        raise InputError(f'nothing was deleted: "{typed_name}" is not "{wanted}"')


def _tell_kept(kept: Mapping[StackId, list[str]], head: str) -> None:
    if kept:
        click.echo(head, err=True)
    for id_, names in sorted(kept.items()):
        for name in names:
            click.echo(no_commands(visible(f"  {id_}  {name}")), err=True)


class _Work:
    """The walk, recorded and shown."""

    def __init__(self, run: Run, whole: Whole, reach: Reach, stop: Flag, log: Log, waits: Waits) -> None:
        self._run = run
        self._whole = whole
        self._reach = reach
        self._stop = stop
        self._waits = waits
        self.results: Counter[str] = Counter()
        self._console = Console()
        self._view = Deploying(self._console, len(waits), waits)
        self.tell: Tell = self._teller(log)

    def _teller(self, log: Log) -> Callable[[Event], None]:
        def tell(event: Event) -> None:
            log.told(event)
            self._view.tell(event)
            count(event, self.results)

        return tell

    def refuse(self, found: Survey) -> int:
        """Nothing is deleted; every reason is told."""
        for id_, refusal in sorted(found.refused.items()):
            values = {"reason": refusal.reason, "status": found.standing[id_].status, "hint": refusal.hint}
            self.tell(Event("stack-failed", id_, values))
        for id_ in sorted(self._waits.keys() - found.refused.keys()):
            self.tell(Event("stack-left", id_, {"reason": "nothing is deleted as long as one may not be"}))
        self.tell(finished("blocked", self.results))
        self._show()
        return 1

    def carry_out(self, going: frozenset[StackId], found: Survey, *, patience: float) -> int:
        """Delete what stands; the exit code."""
        asked = self._run.asked
        ours = [self._whole.stacks[id_] for id_ in sorted(going & found.standing.keys())]
        removing = Removing(
            run=self._run.id,
            cloud=self._reach.cloud,
            role=roles(administrator=asked.as_administrator),
            kept=found.kept,
            tell=self.tell,
        )
        with self._view, locked(ours, self._reach, self.tell, patience) as locks:
            walked = walk(
                self._waits,
                {id_: self._whole.stacks[id_].account.id for id_ in self._waits},
                lambda id_: destroy_stack(self._whole.stacks[id_], removing),
                Bounds(asked.together, asked.per_account),
                stopped=lambda: self._stop.is_set() or any(lock.lost for lock in locks),
            )
            for skipped, because in sorted(walked.skipped.items()):
                self.tell(
                    Event("stack-left", skipped, {"reason": f"{because} could not be deleted before it"})
                )
        return self._ended(walked, found, bool(ours))

    def _ended(self, walked: Walked, found: Survey, stood: bool) -> int:
        _tell_kept(
            {id_: found.kept[id_] for id_ in walked.done if id_ in found.kept}, "Kept by deletion policies:"
        )
        if walked.left:
            go_on = f"skafu destroy --resume {self._run.id}"
            click.echo(f"{len(walked.left)} stacks were not begun. Go on with: {go_on}", err=True)
            return INTERRUPTED if self._stop.is_set() else FAILED
        done = "done" if stood or self.results["deleted"] else "nothing"
        self.tell(finished("failed" if walked.failed else done, self.results))
        self._show()
        return FAILED if walked.failed else 0

    def _show(self) -> None:
        shown = deployment_of(read_run(self._run.folder))
        if shown is not None:
            with unheard(self._console):
                show_deployment(shown, self._console)
