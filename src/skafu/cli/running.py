"""What all commands that go to accounts have in common: one run, its record, its way there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from threading import Event as Flag
from typing import Any

from skafu.aws.endpoint import parse_endpoint
from skafu.cli.estate import Memory, Selection, Whole, part_of, rules_of, select
from skafu.cli.judging import Task, judge
from skafu.cli.reach import Reach, opened
from skafu.cli.remembering import standing_on, store_for
from skafu.cli.resuming import Asked
from skafu.cli.runs import RUNS, new_run, typed, whoever
from skafu.cli.stopping import stopped_by_signal
from skafu.model.estate import StackId
from skafu.model.event import Event
from skafu.model.verdict import Verdict
from skafu.record import Log

FAILED = 3
"""Exit code where an account could not be reached, or did not do what it was asked for."""

UNJUDGED = 4
"""Exit code where a judge failed."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run, begun or resumed.

    Attributes:
        root: of the repository.
        id: of the run.
        command: `deploy`, `plan`, `drift` or `destroy`.
        asked: what was asked for.
        memory: where it is kept what came of earlier runs.
        now: when it began, or went on.
    """

    root: Path
    id: str
    command: str
    asked: Asked
    memory: Memory
    now: datetime

    @property
    def folder(self) -> Path:
        """Where it is recorded."""
        return self.root / RUNS / self.id

    def record(self) -> Log:
        """Its record, begun."""
        log = Log.create(self.folder)
        log.started(self.id, self.now.isoformat(timespec="seconds"), typed())
        return log

    def begun(self, needs: Mapping[StackId, list[StackId]]) -> Event:
        """The event with which it goes on beyond judging."""
        values: dict[str, Any] = {
            "command": self.command,
            "endpoint": self.asked.endpoint or "aws",
            "who": whoever(),
            "options": asdict(self.asked),
            "needs": {str(id_): [str(one) for one in needed] for id_, needed in needs.items()},
        }
        return Event("deploy-started", None, values)


def run_of(root: Path, command: str, asked: Asked, *, no_cache: bool = False, id_: str = "") -> Run:
    """A run that begins now; with the id of one that was broken off, that one as it goes on.

    Raises:
        InputError: the endpoint cannot be meant.
    """
    parse_endpoint(asked.endpoint)  # before anything takes its time
    now = datetime.now(UTC)
    memory = Memory(store_for(no_cache=no_cache), standing_on())
    return Run(root, id_ or new_run(now), command, asked, memory, now)


def chosen_of(whole: Whole, asked: Asked) -> set[StackId]:
    """The stacks that were asked for by name and environment.

    Raises:
        InputError: what is asked for is not there.
    """
    return select(whole, Selection(asked.stacks, asked.environments))


def judged(
    run: Run, whole: Whole, selected: set[StackId], judges: Mapping[str, str], log: Log, jobs: int
) -> Verdict:
    """What the gate says of the stacks, recorded.

    Args:
        run: the run.
        whole: every stack.
        selected: those to judge.
        judges: what an approval is bound to beside the stack.
        log: of the run.
        jobs: judges at work at once.
    """
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
    return judge(task, log, jobs)


@contextmanager
def at_accounts(run: Run, whole: Whole) -> Iterator[tuple[Reach, Flag]]:
    """The way to the accounts as the repository declares it, and what Ctrl-C sets: then nothing more is begun.

    Raises:
        SkafuError: the embedded endpoint does not start.
    """
    asked = run.asked
    with opened(parse_endpoint(asked.endpoint), run.root) as endpoint, stopped_by_signal() as stop:
        yield (
            Reach(
                endpoint,
                run.id,
                whoever(),
                connections=asked.together + 8,
                as_administrator=asked.as_administrator,
                session_policy=whole.declared.session_policy,
            ),
            stop,
        )


def count(event: Event, results: Counter[str], before: dict[StackId, str] | None = None) -> None:
    """Count how stacks ended.

    Args:
        event: what happened.
        results: result -> stacks.
        before: of a run that goes on, stack -> the result that it had and that is counted already. One that is begun
            anew counts once.
    """
    if event.kind == "stack-started" and before and event.stack in before:
        results[before.pop(event.stack)] -= 1
    elif event.kind == "stack-done":
        results[event.values["result"]] += 1
    elif event.kind in {"stack-failed", "stack-skipped", "stack-left"}:
        results[event.kind.removeprefix("stack-")] += 1
    elif event.kind == "plan-decided" and event.values["gate"] == "blocked":
        results["blocked"] += 1


def finished(result: str, results: Mapping[str, int], **more: str) -> Event:
    """The event that ends a run."""
    counts = {name: number for name, number in sorted(results.items()) if number}
    return Event("deploy-finished", None, {"result": result, "counts": counts, **more})


def judge_failed(event: Event) -> bool:
    """Whether nobody could judge a plan: it is blocked, and not by a finding."""
    return event.kind == "plan-decided" and bool(event.values.get("errored"))
