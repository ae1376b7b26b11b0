"""What every format says about a deployment, worked out once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from skafu.model.deployment import DONE, DeployedStack, Deployment
from skafu.model.estate import StackId
from skafu.render.facts import count

RESULTS = (
    "created",
    "updated",
    "imported",
    "deleted",
    "absent",
    "pruned",
    "unchanged",
    "planned",
    "compared",
    "left",
    "skipped",
    "blocked",
    "failed",
    "in flight",
    "not begun",
)
"""What a stack may have come to, in the order in which it is told."""

_MINUTE, _HOUR = 60, 3600
_EXACT = 9.95  # seconds below which tenths are shown


def took(seconds: float) -> str:
    """`0.4 s`, `12 s`, `1 min 12 s`, `2 h 5 min`."""
    if seconds < _EXACT:
        return f"{max(seconds, 0):.1f} s"
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return f"{whole // _MINUTE} min {whole % _MINUTE} s"
    return f"{whole // _HOUR} h {whole % _HOUR // _MINUTE} min"


def changes(plan: Mapping[str, Any] | None) -> str:
    """A plan in a word: `3 added, 1 changed, 1 replaced`; `no change`; empty where there is no plan."""
    if plan is None:
        return ""
    words = Counter(_word(change) for change in plan.get("changes", ()))
    order = ("added", "imported", "changed", "replaced", "removed", "known only when executed")
    told = [f"{words[word]} {word}" for word in order if words[word]]
    others = len(plan.get("others", ()))
    return ", ".join(told) or (count(others, "change") + " beside resources" if others else "no change")


def _word(change: Mapping[str, Any]) -> str:
    if change["action"] == "modify":
        return "changed" if change.get("replacement", "never") == "never" else "replaced"
    words = {"add": "added", "remove": "removed", "import": "imported"}
    return words.get(change["action"], "known only when executed")


def short_names(stacks: Iterable[StackId]) -> dict[StackId, str]:
    """Each id without what all of them have in common: `data` where all go to one environment and region."""
    ids = set(stacks)
    environments = {id_.environment for id_ in ids}
    regions = {(id_.environment, id_.region) for id_ in ids}
    if len(regions) <= 1:
        return {id_: id_.name for id_ in ids}
    if len(environments) == 1:
        return {id_: f"{id_.region}/{id_.name}" for id_ in ids}
    if len(regions) == len(environments):
        return {id_: f"{id_.environment}/{id_.name}" for id_ in ids}
    return {id_: str(id_) for id_ in ids}


def places(stacks: Iterable[StackId]) -> str:
    """`development us-east-1, staging eu-west-1`."""
    return ", ".join(dict.fromkeys(f"{id_.environment} {id_.region}" for id_ in sorted(stacks)))


def by_result(deployment: Deployment) -> list[tuple[str, int]]:
    """How many stacks came to what, in the order of `RESULTS`; results without a stack are left out."""
    counts = Counter(stack.state for stack in deployment.stacks)
    known = [(result, counts[result]) for result in RESULTS if counts[result]]
    return known + sorted((result, number) for result, number in counts.items() if result not in RESULTS)


def with_state(deployment: Deployment, *states: str) -> list[DeployedStack]:
    """The stacks that came to one of these, by id."""
    return [stack for stack in deployment.stacks if stack.state in states]


def unwell(deployment: Deployment) -> list[DeployedStack]:
    """The stacks that failed, or whose plan is blocked, by id."""
    return with_state(deployment, "failed", "blocked")


def differing(deployment: Deployment) -> list[DeployedStack]:
    """The stacks that were changed and yet are not what was approved, by id.

    Of an unchanged one, CloudFormation may hold an older text of what deploys nothing, such as a description.
    """
    changed = (stack for stack in deployment.stacks if stack.result in DONE - {"unchanged"})
    return [stack for stack in changed if stack.read_back is not None and not stack.read_back.same]


def skipped_for(deployment: Deployment, stack: StackId) -> list[StackId]:
    """The stacks that were skipped because this one, directly or through others, did not succeed."""
    because = {str(stack)}
    found: set[StackId] = set()
    skipped = with_state(deployment, "skipped")
    while more := {one.id for one in skipped if one.because in because} - found:
        found |= more
        because |= {str(id_) for id_ in more}
    return sorted(found)


def verdict(deployment: Deployment) -> tuple[str, str]:
    """The word that a deployment ends with, and what stands behind it."""
    behind = _counted(deployment)
    if not deployment.finished:
        return "BROKEN OFF", behind or "nothing was begun"
    words = {"done": "DONE", "failed": "FAILED", "blocked": "BLOCKED", "nothing": "NOTHING TO DO"}
    return words.get(deployment.result, deployment.result.upper()), behind or "no stack"


def _counted(deployment: Deployment) -> str:
    """`16 stacks done: 13 created, 3 unchanged; 3 left to an administrator`. What is left was not asked for."""
    results = [(result, number) for result, number in by_result(deployment) if result != "left"]
    stacks = count(sum(number for _, number in results), "stack")
    done = sum(number for result, number in results if result in DONE)
    undone = sum(number for result, number in results if result not in DONE)
    listed = ", ".join(f"{number} {result}" for result, number in results)
    told = ""
    if len(results) == 1:
        told = f"{stacks} {results[0][0]}"
    elif results:
        told = f"{f'{done} of {stacks}' if undone else stacks} done: {listed}"
    left = len(with_state(deployment, "left"))
    where = "left standing" if deployment.command == "destroy" else "left to an administrator"
    return "; ".join(filter(None, (told, f"{left} {where}" if left else "")))


def because(stack: str, reason: str) -> str:
    """Why a stack is skipped: `because data failed`. `stack` may be what it needs directly, or through others."""
    words = {
        "it failed": f"because {stack} failed",
        "its plan is blocked": f"because the plan of {stack} is blocked",
    }
    return words.get(reason, f"because of {stack}: {reason}")


def why(stack: DeployedStack) -> str:
    """Why a stack is not done: of a skipped one `because staging/us-east-1/data failed`."""
    return because(stack.because, stack.reason) if stack.because else stack.reason


def next_step(deployment: Deployment) -> str:
    """What to do about one that is not done; empty where there is nothing."""
    changing = deployment.command in {"deploy", "destroy"}
    if not deployment.finished and changing:
        return f"`skafu {deployment.command} --resume {deployment.run}` goes on where it ended."
    return ""


_NOUNS = {"deploy": "Deployment", "destroy": "Deletion", "plan": "Plan", "drift": "Comparison"}


def about(deployment: Deployment) -> list[str]:
    """`Deployment of 32 stacks in development us-east-1`, `endpoint embedded`, `by ada`, `1 min 12 s`."""
    where = places(stack.id for stack in deployment.stacks)
    stacks = f"{count(len(deployment.stacks), 'stack')}{f' in {where}' if where else ''}"
    noun = _NOUNS.get(deployment.command, deployment.command)
    parts = [f"{noun} of {stacks}", f"endpoint {deployment.endpoint}", f"by {deployment.who}"]
    if deployment.resumed:
        parts.append(f"resumed {count(len(deployment.resumed), 'time')}")
    if deployment.ended:
        between = datetime.fromisoformat(deployment.ended) - datetime.fromisoformat(deployment.started)
        parts.append(took(between.total_seconds()))
    return parts
