"""One run of `skafu deploy`, from what was asked for to the exit code; also one that goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

import click
from rich.console import Console

from skafu.aws.lock import SLACK, TTL
from skafu.cli.deploying import Ground, Wishes, carry_out, needs_of, with_needs
from skafu.cli.estate import Whole, judges_of, resolve_whole, rules_of
from skafu.cli.imports import read_imports
from skafu.cli.judging import exit_code
from skafu.cli.left_over import LeftOver, prune, tell_left_over
from skafu.cli.publish import publish
from skafu.cli.resuming import Asked, broken_off, check_the_same, done_before
from skafu.cli.running import FAILED, Run, at_accounts, chosen_of, count, finished, judged, run_of
from skafu.cli.runs import typed, whoever
from skafu.cli.sealing import Seal
from skafu.cli.sources import sources_in
from skafu.cli.stopping import INTERRUPTED
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
from skafu.render.deployment import show_deployment

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
    broken, asked = broken_off(root, id_, "deploy")
    with ExitStack() as closing:
        return _run(run_of(root, "deploy", asked, id_=id_), jobs, closing, broken)


def _run(run: Run, jobs: int, closing: ExitStack, broken: Broken | None = None) -> int:
    imports = read_imports(run.asked.imports)
    judges = judges_of(run.root)
    whole = resolve_whole(run.root, run.memory)
    selected = chosen_of(whole, run.asked)
    if run.asked.with_needs:
        selected = with_needs(whole, selected)
    if imports and len(selected) != 1:
        raise InputError(f"--import is about one stack, and {len(selected)} are named")
    if broken is None:
        log = run.record()
        closing.callback(log.close)
    else:
        check_the_same(broken, whole, selected)
        log = Log.resume(run.folder)
        closing.callback(log.close)
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
    results: Counter[str] = Counter()
    view = Deploying(Console(), len(selected), needs)

    def tell(event: Event) -> None:
        log.told(event)
        view.tell(event)
        count(event, results)

    with ExitStack() as closing:
        reach, stop = closing.enter_context(at_accounts(run))
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
        with view:
            if broken is None:
                tell(run.begun(needs))
            try:
                walked, blocked = carry_out(ground, wishes, done_before(broken), scratch, stop)
                found = [] if walked.left else tell_left_over(whole, ground.stacks(), reach, tell)
            except CloudError as error:
                tell(finished("failed", results, reason=error.message))
                raise
        if walked.left:
            return _broken_off(run, len(walked.left), interrupted=stop.is_set())
        if asked.prune and not walked.failed:
            results["not pruned"] = _prune(ground, found, asked)
        result = _result(walked, blocked, results)
        tell(finished(result, results))
    shown = deployment_of(read_run(run.folder))
    if shown is not None:
        show_deployment(shown, Console())
    return {"failed": FAILED, "blocked": 1}.get(result, 0)


def _result(walked: Walked, blocked: set[StackId], results: Counter[str]) -> str:
    if set(walked.failed) - blocked or results["not pruned"]:
        return "failed"
    if blocked:
        return "blocked"
    changed = any(results[name] for name in ("created", "updated", "imported"))
    return "done" if changed else "nothing"


def _prune(ground: Ground, found: list[LeftOver], asked: Asked) -> int:
    """How many could not be deleted."""
    failures = prune(ground, found, administrator=asked.as_administrator, ask=not asked.yes)
    for failure in failures:
        click.echo(f"not deleted: {failure}", err=True)
    return len(failures)


def _broken_off(run: Run, left: int, *, interrupted: bool) -> int:
    """The run can go on later: its record has no end."""
    click.echo(
        f"{left} stacks were not begun. Go on with: skafu {run.command} --resume {run.id}",
        err=True,
    )
    return INTERRUPTED if interrupted else FAILED
