"""One run of `skafu drift`, from what was asked for to the exit code."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from threading import Lock
from typing import Any

from rich.console import Console

from skafu.cli.common import write
from skafu.cli.comparing import Comparing
from skafu.cli.estate import resolve_whole
from skafu.cli.last import deployments
from skafu.cli.plan_run import ENDED, Wanted, unreachable_of
from skafu.cli.progress import progress
from skafu.cli.resuming import Asked
from skafu.cli.running import FAILED, at_accounts, chosen_of, count, finished, run_of
from skafu.cli.stopping import INTERRUPTED
from skafu.cli.unread import tell_unread
from skafu.deploy import Bounds, walk
from skafu.model.deployment import DeployedStack
from skafu.model.drifted import PropertyDrift, ResourceDrift, StackDrift
from skafu.model.event import Event
from skafu.model.place import Location
from skafu.record import deployment_of
from skafu.record.log import read_run
from skafu.render.drifted import FORMATS, show_drift


def drift(root: Path, asked: Asked, wanted: Wanted) -> int:
    """Compare what stands with what was deployed, and show it; the exit code.

    Raises:
        InputError: what is asked for cannot be meant.
        SkafuError: it cannot be recorded.
    """
    run = run_of(root, "drift", asked)
    whole = resolve_whole(run.root, run.memory)
    unread = tell_unread(whole)
    selected = frozenset(chosen_of(whole, asked))
    results: Counter[str] = Counter()
    turn = Lock()  # the history is asked by one thread at a time
    with ExitStack() as closing:
        known = closing.enter_context(deployments(root, asked.endpoint))
        log = run.record()
        closing.callback(log.close)
        advance = closing.enter_context(progress(len(selected), "comparing"))
        reach, stop = closing.enter_context(at_accounts(run, whole))

        def tell(event: Event) -> None:
            log.told(event)
            count(event, results)
            if event.kind in ENDED:
                advance(str(event.stack))

        for id_ in sorted(selected):
            log.resolved(whole.stacks[id_])
        tell(run.begun({id_: [] for id_ in sorted(selected)}))

        def last(id_: Any) -> Any:
            with turn:
                return known.of(id_)

        comparing = Comparing(whole, reach, last, tell, unreachable_of(whole, selected, reach))
        walked = walk(
            dict.fromkeys(selected, ()),
            {id_: whole.stacks[id_].account.id for id_ in selected},
            comparing.one,
            Bounds(asked.together, asked.per_account),
            stopped=stop.is_set,
        )
        found = drift_of(read_run(run.folder))
        code = FAILED if results["failed"] else 0 if found and _well(found) else 1
        if not walked.left:
            tell(finished({0: "done", FAILED: "failed"}.get(code, "drifted"), results))
    if wanted.format == "console" and wanted.output is None:
        show_drift(found, console=Console())
    else:
        write(FORMATS[wanted.format](found), wanted.output)
    if walked.left:
        return INTERRUPTED
    return 2 if unread else code


def _well(found: list[StackDrift]) -> bool:
    """Whether something was compared, and nothing differs."""
    compared = [one for one in found if one.state == "compared"]
    return bool(compared) and all(one.same for one in compared)


def drift_of(events: Iterable[dict[str, Any]]) -> list[StackDrift]:
    """What the record of a run says about drift, by stack."""
    deployment = deployment_of(events)
    return [_stack(one) for one in deployment.stacks] if deployment else []


def _stack(stack: DeployedStack) -> StackDrift:
    told = stack.drift
    if stack.result not in {"compared", "left"} or (told is None and stack.result == "compared"):
        reason = stack.reason or "it was not compared: the run was stopped before"
        return StackDrift(stack.id, "failed", reason=reason, hint=stack.hint)
    if told is None:
        return StackDrift(stack.id, "left", reason=stack.reason)
    return StackDrift(
        stack.id,
        "compared",
        drifted=tuple(_resource(one) for one in told["drifted"]),
        apart=tuple(told.get("apart", ())),
        checked=told["checked"],
        unchecked=tuple(told["unchecked"]),
    )


def _resource(told: dict[str, Any]) -> ResourceDrift:
    return ResourceDrift(
        told["logical_id"],
        told["type"],
        told["physical_id"],
        told["status"],
        Location(told["file"], told["line"]),
        tuple(
            PropertyDrift(
                one["path"],
                one["expected"],
                one["actual"],
                Location(one["file"], one["line"]) if one["file"] else None,
            )
            for one in told["differences"]
        ),
    )
