"""How long deploying a whole estate takes, against its lower bound and against level by level.

    .venv/bin/python benchmarks/deploy.py [--stacks 200] [--turns 3] [--output benchmarks/deploy.md]

The estate is made up (tests/generated.py) and goes to a MiniStack of this benchmark's own, each time to an account
that is empty. Contestants take turns, so that a machine whose speed drifts slows all of them. They differ in one
thing, the order of work; everything done for a stack is `skafu deploy`, with its seal, plan, gate and record.

- *walk*: a stack starts the moment what it needs is done; nobody knows how long any takes.
- *walk, again*: the same with the seconds that an earlier run has recorded, which decide who goes first.
- *levels*: a stack starts when the whole level before it is done. A level holds what needs nothing that is not done:
  so Sceptre orders (`SceptrePlan._generate_launch_order`), and so its executor waits for each batch
  (`SceptrePlanExecutor.execute`).

The bound of a run is computed from what was measured in it: the longest way through the graph, or all work
divided by the stacks at once, whichever is longer. No order of work can be faster with stacks that take that long.
"""

from __future__ import annotations

import argparse
import math
import os
import platform
import random
import re
import shutil
import statistics
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import deploy_turn

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import generated
from skafu.aws.embedded.server import embedded

MEDIAN, SPREAD, SHORTEST, LONGEST = 75.0, 0.9, 20.0, 900.0
"""Seconds that stacks take in AWS, as the second table has them: log-normal, from queues to databases."""

ORDERS = ("walk", "levels")
GIVEN = ("walk", "walk, again", "levels")


def main() -> int:
    """Measure and print, or write, the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stacks", type=int, default=200)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument(
        "--scale", type=float, default=200.0, help="how much faster time runs in the second table"
    )
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    files = generated.estate(options.stacks)
    needs = needs_in(files)
    with tempfile.TemporaryDirectory() as folder, embedded(Path(folder) / "ministack") as url:
        place = deploy_turn.Place(Path(folder), url)
        quick = first_table(place, files, needs, options.turns)
        slow = second_table(place, files, needs, options.turns, options.scale)
    page = written(options, needs, quick, slow)
    if options.output:
        options.output.write_text(page, encoding="utf-8")
    else:
        print(page)
    return 0


def needs_in(files: Mapping[str, str]) -> dict[str, set[str]]:
    """Stack -> the stacks whose outputs it reads."""
    return {
        file.split("/")[2]: set(re.findall(r"\$\{stacks\.([\w-]+)\.outputs", text))
        for file, text in files.items()
        if file.endswith("/stack.yaml")
    }


def first_table(
    place: deploy_turn.Place, files: Mapping[str, str], needs: Mapping[str, set[str]], turns: int
) -> list[dict[str, deploy_turn.Turn]]:
    """As fast as MiniStack answers: created, then deployed again with nothing to change."""
    found = []
    for number in range(turns):
        told: dict[str, deploy_turn.Turn] = {}
        for order in ORDERS:
            estate = place.estate(files, f"quick-{order}-{number}")
            told[order] = deploy_turn.deploy(place, estate, order, 16)
            told[f"{order}, nothing changes"] = deploy_turn.deploy(place, estate, order, 16)
        found.append(told)
        progress("as fast as MiniStack answers", told, needs)
    return found


def second_table(
    place: deploy_turn.Place,
    files: Mapping[str, str],
    needs: Mapping[str, set[str]],
    turns: int,
    scale: float,
) -> dict[int, list[dict[str, deploy_turn.Turn]]]:
    """Every stack takes its time: a wait condition in it is signalled after so many seconds."""
    waiting = {
        file: with_wait(text) if file.endswith("template.yaml") else text for file, text in files.items()
    }
    found: dict[int, list[dict[str, deploy_turn.Turn]]] = {}
    for number in range(turns):
        seconds = drawn(sorted(needs), number, scale)
        for together in (16, 8, 4):
            told: dict[str, deploy_turn.Turn] = {}
            for order in GIVEN:
                estate = place.estate(waiting, f"slow-{order}-{together}-{number}")
                if order == "walk, again":  # skafu finds there how long each stack took
                    shutil.copytree(
                        place.folder / f"slow-walk-{together}-{number}" / "reports", estate / "reports"
                    )
                told[order] = deploy_turn.deploy(place, estate, order, together, waits=seconds)
            found.setdefault(together, []).append(told)
            progress(f"{together} at once", told, needs)
    return found


def drawn(stacks: Sequence[str], seed: int, scale: float) -> dict[str, float]:
    """Stack -> the seconds it takes, drawn anew for each turn."""
    chance = random.Random(seed)  # noqa: S311 - a made-up estate
    return {
        one: min(max(chance.lognormvariate(math.log(MEDIAN), SPREAD), SHORTEST), LONGEST) / scale
        for one in stacks
    }


def with_wait(template: str) -> str:
    """A template with a resource that is done when somebody says so."""
    wait = """\
Resources:
  Wait:
    Type: AWS::CloudFormation::WaitCondition
    CreationPolicy: {ResourceSignal: {Timeout: PT10M}}
"""
    return template.replace("Resources:\n", wait)


def way(needs: Mapping[str, set[str]], seconds: Mapping[str, float]) -> float:
    """Seconds of the longest way through the graph."""
    ends: dict[str, float] = {}

    def end(stack: str) -> float:
        if stack not in ends:
            ends[stack] = seconds[stack] + max((end(one) for one in needs[stack]), default=0.0)
        return ends[stack]

    return max(end(stack) for stack in needs)


def bound(needs: Mapping[str, set[str]], turn: deploy_turn.Turn) -> float:
    """Seconds that no order of work can do it in, with stacks that take as long as they took."""
    return max(way(needs, turn.seconds), sum(turn.seconds.values()) / turn.together)


def processors(turn: deploy_turn.Turn) -> float:
    """Seconds that all processors together need for what was computed in the walk, skafu's part and MiniStack's."""
    return (turn.own + turn.server) / (os.cpu_count() or 1)


def progress(what: str, told: Mapping[str, deploy_turn.Turn], needs: Mapping[str, set[str]]) -> None:
    """One line for each contestant, while it goes on."""
    for name, turn in told.items():
        ratio = turn.makespan / bound(needs, turn)
        print(f"{what}: {name}: {turn.makespan:.2f} s, {ratio:.3f} of the bound", file=sys.stderr, flush=True)


def written(
    options: argparse.Namespace,
    needs: Mapping[str, set[str]],
    quick: Sequence[Mapping[str, deploy_turn.Turn]],
    slow: Mapping[int, Sequence[Mapping[str, deploy_turn.Turn]]],
) -> str:
    """The page."""
    depth = way(needs, dict.fromkeys(needs, 1.0))
    lines = [
        "# Deploying an estate",
        "",
        (
            f"`benchmarks/deploy.py --stacks {options.stacks} --turns {options.turns} --scale {options.scale:g}`: "
            f"{len(needs)} stacks, {sum(map(len, needs.values()))} needs, {depth:.0f} levels; "
            f"{os.cpu_count()} processors, Python {platform.python_version()}. Medians of the turns; what each column "
            "means stands in [README.md](README.md#deploying)."
        ),
        "",
        "## As fast as MiniStack answers, 16 at once",
        "",
        "| | makespan s | bound s | of the bound | processors s | whole command s |",
        "|---|---|---|---|---|---|",
    ]
    for name in quick[0]:
        turns = [one[name] for one in quick]
        lines.append(
            f"| {name} | {middle(one.makespan for one in turns):.2f} "
            f"| {middle(bound(needs, one) for one in turns):.2f} "
            f"| {middle(one.makespan / bound(needs, one) for one in turns):.3f} "
            f"| {middle(processors(one) for one in turns):.2f} "
            f"| {middle(one.command for one in turns):.2f} |"
        )
    lines += [
        "",
        f"## Stacks that take {SHORTEST:g} to {LONGEST:g} s, time {options.scale:g} times as fast",
        "",
        "| at once | | makespan s | bound s | of the bound | worst turn | of the waits alone |",
        "|---|---|---|---|---|---|---|",
    ]
    for together, several in slow.items():
        for name in several[0]:
            turns = [one[name] for one in several]
            ratios = [one.makespan / bound(needs, one) for one in turns]
            alone = middle(
                one.makespan / max(way(needs, one.waits), sum(one.waits.values()) / together) for one in turns
            )
            lines.append(
                f"| {together} | {name} | {middle(one.makespan for one in turns):.2f} "
                f"| {middle(bound(needs, one) for one in turns):.2f} "
                f"| {middle(ratios):.3f} | {max(ratios):.3f} | {alone:.3f} |"
            )
    return "\n".join(lines) + "\n"


def middle(values: Iterable[float]) -> float:
    """The median."""
    return statistics.median(list(values))


if __name__ == "__main__":
    sys.exit(main())
