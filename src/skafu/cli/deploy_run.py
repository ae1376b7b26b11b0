"""One run of `skafu deploy`, from what was asked for to the exit code; also one that goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from rich.console import Console

from skafu.aws.endpoint import parse_endpoint
from skafu.aws.lock import SLACK, TTL
from skafu.cli.deploying import Ground, Wishes, carry_out, needs_of, with_needs
from skafu.cli.estate import Memory, Selection, Whole, judges_of, part_of, resolve_whole, rules_of, select
from skafu.cli.imports import read_imports
from skafu.cli.judging import Task, exit_code, judge
from skafu.cli.left_over import LeftOver, prune, tell_left_over
from skafu.cli.publish import publish
from skafu.cli.reach import Reach, opened
from skafu.cli.remembering import standing_on, store_for
from skafu.cli.resuming import Asked, asked_before, check_the_same, done_before
from skafu.cli.runs import RUNS, new_run, typed, whoever
from skafu.cli.sealing import Seal
from skafu.cli.sources import sources_in
from skafu.cli.stopping import INTERRUPTED, stopped_by_signal
from skafu.deploy import Bounds, Walked
from skafu.model.cloud import CloudError
from skafu.model.errors import InputError
from skafu.model.estate import StackId
from skafu.model.event import Event
from skafu.model.verdict import Approved, Verdict
from skafu.record import Log, report_of
from skafu.record.deployment import deployment_of
from skafu.record.log import read_run
from skafu.record.resume import Broken, broken_of
from skafu.render.console.deploying import Deploying
from skafu.render.deployment import show_deployment

FAILED = 3

PATIENCE = TTL + 2 * SLACK
"""Seconds that a run which goes on waits for the lock that it left behind, perhaps on another machine."""


@dataclass(frozen=True, slots=True)
class _Run:
    """One run, begun or resumed.

    Attributes:
        root: of the repository.
        id: of the run.
        asked: what was asked for.
        jobs: judges at work at once.
        memory: where it is kept what came of earlier runs.
        now: when it began, or went on.
    """

    root: Path
    id: str
    asked: Asked
    jobs: int
    memory: Memory
    now: datetime

    @property
    def folder(self) -> Path:
        """Where it is recorded."""
        return self.root / RUNS / self.id


def deploy(root: Path, asked: Asked, jobs: int, *, no_cache: bool = False) -> int:
    """Judge and deploy; the exit code.

    Raises:
        InputError: what is asked for cannot be meant.
        CloudError: an account cannot be reached or is another one, or somebody else has a lock.
        SkafuError: it cannot be recorded.
    """
    now = datetime.now(UTC)
    run = _Run(root, new_run(now), asked, jobs, Memory(store_for(no_cache=no_cache), standing_on()), now)
    with ExitStack() as closing:
        return _run(run, closing)


def resume(root: Path, id_: str, jobs: int) -> int:
    """Go on with a run that was broken off, as it was asked for then; the exit code.

    Raises:
        InputError: there is no such run, it came to its end, or the stacks are not those that it had approved.
        CloudError: see `deploy`.
        SkafuError: likewise.
    """
    broken = broken_of(deployment_of(read_run(root / RUNS / id_)), id_)
    if broken.deployment.command != "deploy":
        message = f"run {id_} is a `skafu {broken.deployment.command}`"
        raise InputError(message, hint="Start that again instead.")
    asked = asked_before(broken.deployment.options)
    run = _Run(root, id_, asked, jobs, Memory(store_for(no_cache=False), standing_on()), datetime.now(UTC))
    with ExitStack() as closing:
        return _run(run, closing, broken)


def _run(run: _Run, closing: ExitStack, broken: Broken | None = None) -> int:
    parse_endpoint(run.asked.endpoint)  # before anything takes its time
    imports = read_imports(run.asked.imports)
    judges = judges_of(run.root)
    whole = resolve_whole(run.root, run.memory)
    selected = _selected(whole, run.asked)
    if imports and len(selected) != 1:
        raise InputError(f"--import is about one stack, and {len(selected)} are named")
    if broken is None:
        log = Log.create(run.folder)
        closing.callback(log.close)
        log.started(run.id, run.now.isoformat(timespec="seconds"), typed())
    else:
        check_the_same(broken, whole, selected)
        log = Log.resume(run.folder)
        closing.callback(log.close)
        log.told(Event("deploy-resumed", None, {"who": whoever(), "command": typed()}))
    verdict = _judged(run, whole, selected, judges, log)
    if not verdict.approved:
        report = report_of(read_run(run.folder))
        publish(report, "console", None, sources_in(run.root))
        return exit_code(report)
    approved = {one.stack: one for one in verdict.stacks if isinstance(one, Approved)}
    return _carried_out(run, whole, approved, imports, log, broken)


def _selected(whole: Whole, asked: Asked) -> set[StackId]:
    selected = select(whole, Selection(asked.stacks, asked.environments))
    return with_needs(whole, selected) if asked.with_needs else selected


def _judged(run: _Run, whole: Whole, selected: set[StackId], judges: Mapping[str, str], log: Log) -> Verdict:
    part, rules = part_of(whole, selected), rules_of(whole.declared)
    task = Task(
        parts=[part],
        steps=len(part.stacks) * len(rules.seats),
        seats=rules.seats,
        thresholds=rules.thresholds,
        waivers=rules.waivers,
        supported=rules.supported,
        root=run.root,
        today=run.now.date(),
        store=run.memory.store,
        standing=run.memory.standing,
        judges=judges,
    )
    return judge(task, log, run.jobs)


def _carried_out(
    run: _Run,
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
        _count(event, results)

    with ExitStack() as closing:
        endpoint = closing.enter_context(opened(parse_endpoint(asked.endpoint), run.root))
        scratch = Path(closing.enter_context(TemporaryDirectory(prefix="skafu-")))
        stop = closing.enter_context(stopped_by_signal())
        reach = Reach(
            endpoint,
            run.id,
            whoever(),
            connections=asked.together + 8,
            as_administrator=asked.as_administrator,
        )
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
                tell(Event("deploy-started", None, _begun(run, needs)))
            try:
                walked, blocked = carry_out(ground, wishes, done_before(broken), scratch, stop)
                found = [] if walked.left else tell_left_over(ground)
            except CloudError as error:
                values = {"result": "failed", "counts": dict(results), "reason": error.message}
                tell(Event("deploy-finished", None, values))
                raise
        if walked.left:
            return _broken_off(run, len(walked.left), interrupted=stop.is_set())
        if asked.prune and not walked.failed:
            results["not pruned"] = _prune(ground, found, asked)
        result = _result(walked, blocked, results)
        tell(Event("deploy-finished", None, {"result": result, "counts": dict(sorted(results.items()))}))
    shown = deployment_of(read_run(run.folder))
    if shown is not None:
        show_deployment(shown, Console())
    return {"failed": FAILED, "blocked": 1}.get(result, 0)


def _begun(run: _Run, needs: Mapping[StackId, list[StackId]]) -> dict[str, Any]:
    return {
        "command": "deploy",
        "endpoint": run.asked.endpoint or "aws",
        "who": whoever(),
        "options": asdict(run.asked),
        "needs": {str(id_): [str(one) for one in needed] for id_, needed in needs.items()},
    }


def _count(event: Event, results: Counter[str]) -> None:
    if event.kind == "stack-done":
        results[event.values["result"]] += 1
    elif event.kind in {"stack-failed", "stack-skipped", "stack-left"}:
        results[event.kind.removeprefix("stack-")] += 1
    elif event.kind == "plan-decided" and event.values["gate"] == "blocked":
        results["blocked"] += 1


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


def _broken_off(run: _Run, left: int, *, interrupted: bool) -> int:
    """The run can go on later: its record has no end."""
    click.echo(
        f"{left} stacks were not begun. Go on with: skafu deploy --resume {run.id}",
        err=True,
    )
    return INTERRUPTED if interrupted else FAILED
