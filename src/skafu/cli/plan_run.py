"""One run of `skafu plan`, from what was asked for to the exit code."""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from skafu.cli.composing import Composer
from skafu.cli.deploying import keeper, needs_of, roles, with_needs
from skafu.cli.estate import Whole, judges_of, resolve_whole, rules_of
from skafu.cli.foreseeing import Foreseeing
from skafu.cli.judging import exit_code
from skafu.cli.left_over import tell_left_over
from skafu.cli.offline import foretelling
from skafu.cli.plan_gate import plan_gate
from skafu.cli.plan_shown import planned_of, publish_planned
from skafu.cli.planning import PlanGate
from skafu.cli.progress import progress
from skafu.cli.reach import Reach
from skafu.cli.resuming import Asked
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
from skafu.cli.sources import sources_in
from skafu.cli.stopping import INTERRUPTED
from skafu.deploy import Bounds, walk
from skafu.graph import order
from skafu.model.cloud import CloudError
from skafu.model.estate import StackId
from skafu.model.event import Event, Tell
from skafu.model.verdict import Approved
from skafu.record import report_of
from skafu.record.log import read_run

UNREAD = 2
"""Exit code where an input could not be used."""

ENDED = frozenset({"stack-done", "stack-failed", "stack-left"})


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the answer is wanted: its format, and the file it goes to; None for the terminal."""

    format: str
    output: Path | None


def plan(root: Path, asked: Asked, wanted: Wanted, jobs: int, *, no_cache: bool = False) -> int:
    """Judge, plan, judge the plans, and show them; the exit code.

    Raises:
        InputError: what is asked for cannot be meant.
        SkafuError: it cannot be recorded.
    """
    run = run_of(root, "plan", asked, no_cache=no_cache)
    judges = judges_of(run.root)
    whole = resolve_whole(run.root, run.memory)
    selected = chosen_of(whole, asked)
    if asked.with_needs:
        selected = with_needs(whole, selected)
    results: Counter[str] = Counter()
    unjudged: set[StackId | None] = set()
    stopped = False
    with ExitStack() as closing:
        earlier = closing.enter_context(foretelling(run, whole, selected)) if asked.offline else None
        log = run.record()
        closing.callback(log.close)
        verdict = judged(run, whole, selected, judges, log, jobs)
        approved = frozenset(one.stack for one in verdict.stacks if isinstance(one, Approved))
        advance = closing.enter_context(progress(len(approved), "planning"))

        def tell(event: Event) -> None:
            log.told(event)
            count(event, results)
            if judge_failed(event):
                unjudged.add(event.stack)
            if event.kind in ENDED:
                advance(str(event.stack))

        tell(run.begun(needs_of(whole, approved)))
        gate = closing.enter_context(plan_gate(rules_of(whole.declared), run.root, run.now.date(), tell))
        if earlier is not None:
            earlier.plan(approved, gate, tell)
        else:
            stopped = _asked(run, whole, approved, gate, tell)
        if not stopped:
            tell(finished(_result(results), results))
    events = read_run(run.folder)
    shown = planned_of(events, order(whole.stacks).stacks)
    publish_planned(shown, wanted.format, wanted.output, sources_in(root))
    judging = exit_code(report_of(events))
    if unjudged and judging != UNREAD:
        judging = UNJUDGED
    return INTERRUPTED if stopped else _code(judging, results)


def _asked(run: Run, whole: Whole, approved: frozenset[StackId], gate: PlanGate, tell: Tell) -> bool:
    """Ask CloudFormation about every stack; whether that was stopped before its end."""
    asked = run.asked
    with at_accounts(run, whole) as (reach, stop), TemporaryDirectory(prefix="skafu-") as scratch:
        composer = Composer(
            run.root, whole.declared.artifacts, reach.bucket, Path(scratch), embedded=reach.embedded
        )
        foreseeing = Foreseeing(
            run=run.id,
            whole=whole,
            reach=reach,
            composer=composer,
            gate=gate,
            role=roles(administrator=asked.as_administrator),
            keep=keeper(run.folder),
            tell=tell,
            as_administrator=asked.as_administrator,
            unreachable=unreachable_of(whole, approved, reach),
        )
        walked = walk(
            needs_of(whole, approved),
            {id_: whole.stacks[id_].account.id for id_ in approved},
            foreseeing.one,
            Bounds(asked.together, asked.per_account),
            stopped=stop.is_set,
        )
        if not walked.left:
            _tell_left_over(whole, approved, foreseeing)
    return bool(walked.left)


def _tell_left_over(whole: Whole, approved: frozenset[StackId], foreseeing: Foreseeing) -> None:
    """The stacks that nothing declares any more, where the accounts can be read."""
    stacks = [whole.stacks[id_] for id_ in sorted(approved)]
    reached = [one for one in stacks if (one.account.id, one.id.region) not in foreseeing.unreachable]
    try:
        tell_left_over(whole, reached, foreseeing.reach, foreseeing.tell)
    except CloudError as error:
        click.echo(f"nobody can say which stacks are not declared any more: {error}", err=True)


def unreachable_of(
    whole: Whole, approved: frozenset[StackId], reach: Reach
) -> dict[tuple[str, str], CloudError]:
    """Account and region -> why it cannot be used; the others are planned."""
    found: dict[tuple[str, str], CloudError] = {}
    places = {(whole.stacks[id_].account.id, id_.region): whole.stacks[id_] for id_ in sorted(approved)}
    for place, stack in places.items():
        try:
            reach.verify(stack)
        except CloudError as error:
            found[place] = error
    return found


def _result(results: Counter[str]) -> str:
    if results["failed"]:
        return "failed"
    if results["blocked"]:
        return "blocked"
    return "done" if results["planned"] else "nothing"


def _code(judging: int, results: Counter[str]) -> int:
    """2 before 4, 4 before 3, 3 before 1, as everywhere."""
    if judging in {UNREAD, UNJUDGED}:
        return judging
    if results["failed"]:
        return FAILED
    return 1 if judging or results["blocked"] else 0
