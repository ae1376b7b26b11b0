"""One run of `skafu deploy`, from what was asked for to the exit code; also one that goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event as Flag

import click
from rich.console import Console

from skafu.aws.lock import SLACK, TTL
from skafu.cli.deploying import Ground, Wishes, carry_out, needs_of, with_needs
from skafu.cli.estate import Whole, judges_of, resolve_whole, rules_of
from skafu.cli.imports import read_imports
from skafu.cli.judging import exit_code
from skafu.cli.planning import PlanGate
from skafu.cli.pruning import Answer, Prune, look_after
from skafu.cli.publish import publish
from skafu.cli.resuming import Asked, broken_off, check_the_same, done_before, log_of, results_of
from skafu.cli.running import (
    FAILED,
    UNJUDGED,
    Run,
    at_accounts,
    chosen_of,
    count,
    finished,
    judge_failed,
    judged,
    run_of,
)
from skafu.cli.runs import typed, whoever
from skafu.cli.sealing import Seal
from skafu.cli.sources import sources_in
from skafu.cli.stopping import INTERRUPTED
from skafu.cli.undeclared import Undeclared
from skafu.deploy import Bounds, Walked
from skafu.model.cloud import CloudError
from skafu.model.errors import InputError
from skafu.model.estate import StackId
from skafu.model.event import Event
from skafu.model.verdict import Approved
from skafu.record import Log, report_of
from skafu.record.deployment import deployment_of
from skafu.record.log import read_run
from skafu.record.resume import Broken
from skafu.render.console.deploying import Deploying
from skafu.render.console.unheard import unheard
from skafu.render.console.verdict import show_approved
from skafu.render.deployment import show_deployment
from skafu.render.facts import count as counted

PATIENCE = TTL + 2 * SLACK
"""Seconds that a run which goes on waits for the lock that it left behind, perhaps on another machine."""


def deploy(root: Path, asked: Asked, jobs: int, *, no_cache: bool = False) -> int:
    """Judge and deploy; the exit code.

    Raises:
        InputError: what is asked for cannot be meant.
        CloudError: an account cannot be reached or is another one, or somebody else has a lock.
        SkafuError: it cannot be recorded.
    """
    with ExitStack() as closing:
        return _run(run_of(root, "deploy", asked, no_cache=no_cache), jobs, closing)


def resume(root: Path, id_: str, jobs: int) -> int:
    """Go on with a run that was broken off, as it was asked for then; the exit code.

    Raises:
        InputError: there is no such run, it came to its end, or the stacks are not those that it had approved.
        CloudError: see `deploy`.
        SkafuError: likewise.
    """
    with ExitStack() as closing:
        log = log_of(root, id_)
        closing.callback(log.close)
        broken, asked = broken_off(root, id_, "deploy")
        return _run(run_of(root, "deploy", asked, id_=id_), jobs, closing, (broken, log))


def _run(run: Run, jobs: int, closing: ExitStack, before: tuple[Broken, Log] | None = None) -> int:
    imports = read_imports(run.asked.imports)
    judges = judges_of(run.root)
    whole = resolve_whole(run.root, run.memory)
    selected = chosen_of(whole, run.asked)
    if run.asked.with_needs:
        selected = with_needs(whole, selected)
    if imports and len(selected) != 1:
        raise InputError(f"--import is about one stack, and {len(selected)} are named")
    broken, log = before or (None, None)
    if broken is None or log is None:
        log = run.record()
        closing.callback(log.close)
    else:
        check_the_same(broken, whole, selected)
        log.told(Event("deploy-resumed", None, {"who": whoever(), "command": typed()}))
    verdict = judged(run, whole, selected, judges, log, jobs)
    if not verdict.approved:
        report = report_of(read_run(run.folder))
        publish(report, "console", None, sources_in(run.root))
        return exit_code(report)
    approved = {one.stack: one for one in verdict.stacks if isinstance(one, Approved)}
    return _carried_out(run, whole, approved, imports, log, broken)


def _carried_out(
    run: Run,
    whole: Whole,
    approved: Mapping[StackId, Approved],
    imports: Mapping[str, Mapping[str, str]],
    log: Log,
    broken: Broken | None,
) -> int:
    asked = run.asked
    selected = frozenset(approved)
    needs = needs_of(whole, selected)
    already = results_of(broken)
    results = Counter(already.values())
    console = Console()
    view = Deploying(console, len(selected), needs, done=already)
    begun, unjudged = Flag(), Flag()

    def tell(event: Event) -> None:
        log.told(event)
        view.tell(event)
        count(event, results, already)
        if event.stack is not None:
            begun.set()
        if judge_failed(event):
            unjudged.set()

    with ExitStack() as closing:
        reach, stop = closing.enter_context(at_accounts(run, whole))
        scratch = Path(closing.enter_context(TemporaryDirectory(prefix="skafu-")))
        ground = Ground(
            root=run.root,
            run=run.id,
            folder=run.folder,
            today=run.now.date(),
            whole=whole,
            selected=selected,
            rules=rules_of(whole.declared),
            approved=approved,
            reach=reach,
            seal=Seal(run.root, run.memory, whole),
            tell=tell,
        )
        wishes = Wishes(
            Bounds(asked.together, asked.per_account),
            asked.recover,
            asked.as_administrator,
            PATIENCE if broken else 0.0,
            imports,
        )
        show_approved(len(selected), console)
        pruned = Answer.YES, results.copy()
        with ExitStack() as showing:
            showing.enter_context(view)

            def after(walked: Walked, gate: PlanGate, stopped: Callable[[], bool]) -> None:
                nonlocal pruned
                showing.close()  # a question is not asked into what is drawn
                before = results.copy()
                prune = Prune(ground, asked, Undeclared(run.root, run.memory), stopped)
                pruned = look_after(prune, gate, walked, broken), results - before

            if broken is None:
                tell(run.begun(needs))
            try:
                walked, blocked = carry_out(ground, wishes, done_before(broken), scratch, stop, after)
            except CloudError as error:
                if broken is None and not begun.is_set():
                    tell(finished("failed", results, reason=error.message))
                    raise
                # What was begun can be gone on with, whatever the reason that is outside.
                hint = f"{error.hint} Go on with: skafu deploy --resume {run.id}".strip()
                raise type(error)(error.message, code=error.code, hint=hint) from None
        if walked.left:
            _show(run, console)
            return _broken_off(run, len(walked.left), interrupted=stop.is_set())
        answer, ended = pruned
        result = _result(walked, blocked, results, ended)
        tell(finished(result, results))
    _show(run, console)
    if unjudged.is_set():
        return UNJUDGED
    unanswered = 2 if answer is Answer.NOBODY else 0
    return {"failed": FAILED, "blocked": 1}.get(result, unanswered)


def _show(run: Run, console: Console) -> None:
    shown = deployment_of(read_run(run.folder))
    if shown is not None:
        with unheard(console):
            show_deployment(shown, console, sources_in(run.root))


def _result(walked: Walked, blocked: set[StackId], results: Counter[str], pruned: Counter[str]) -> str:
    if set(walked.failed) - blocked or pruned["failed"]:
        return "failed"
    if blocked or pruned["blocked"]:
        return "blocked"
    changed = any(results[name] for name in ("created", "updated", "imported", "pruned"))
    return "done" if changed else "nothing"


def _broken_off(run: Run, left: int, *, interrupted: bool) -> int:
    """The run can go on later: its record has no end."""
    with suppress(OSError):
        click.echo(
            f"{counted(left, 'stack was', 'stacks were')} not begun. "
            f"Go on with: skafu {run.command} --resume {run.id}",
            err=True,
        )
    return INTERRUPTED if interrupted else FAILED
