"""Events of a deployment in words: the line that stays, and what a stack is doing meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from skafu.model.errors import sentences
from skafu.model.event import Event
from skafu.model.finding_json import stack_id
from skafu.render import deployed_facts as facts
from skafu.render.facts import count

MARKS = {
    "created": "✓",
    "updated": "✓",
    "imported": "✓",
    "deleted": "✓",
    "absent": "✓",
    "pruned": "✓",
    "unchanged": "✓",
    "failed": "✗",
    "blocked": "✗",
    "skipped": "-",
    "left": "-",
}
"""First character of a line about a stack that has ended, for a terminal."""

RED = frozenset({"failed", "blocked"})
"""Results that somebody has to look at."""

_VERBS = {
    "deploy": "Deploying",
    "destroy": "Deleting",
    "plan": "Planning",
    "drift": "Comparing",
}


_RECOVERED = {
    "delete": ("deleted, to be created anew", "deleting it"),
    "rollback": ("rolled back to what stood before", "rolling it back"),
    "continue-rollback": ("its rollback went on to its end", "going on with its rollback"),
}
"""What `--recover` does -> what is said where it worked, and where it did not."""


@dataclass(frozen=True, slots=True)
class Said:
    """A line that stays: the word it begins with, its style, and the text behind the name of the stack."""

    word: str
    text: str = ""
    style: str = ""


def said(event: Event, names: Callable[[str], str], *, watched: bool, who: str = "") -> Said | None:
    """The line that stays of an event; None where none does. Who watches sees the small steps anyway.

    `names` shortens the id of a stack; `who` deploys.
    """
    if event.stack is None:
        return _of_the_run(event, who)
    return _of_a_stack(event, names) or (None if watched else _small(event))


def _of_a_stack(event: Event, names: Callable[[str], str]) -> Said | None:
    values = event.values
    match event.kind:
        case "stack-done":
            absent = values["result"] == "absent"
            took = "it does not stand" if absent else f"in {facts.took(float(values.get('seconds', 0)))}"
            quiet = absent or values["result"] == "unchanged"
            return Said(str(values["result"]), took, "dim" if quiet else "green")
        case "stack-failed":
            return Said("failed", sentences(values["reason"], values.get("hint", "")), "bold red")
        case "stack-skipped":
            return Said("skipped", facts.because(names(values["because"]), values["reason"]), "yellow")
        case "stack-left":
            return Said("left", values["reason"], "dim")
        case "plan-decided" if values["gate"] != "approved":
            return Said("blocked", "; ".join(values["reasons"]), "bold red")
        case "stack-recovered":
            return Said("recovered", _recovered(values), "yellow")
        case "drift" if values["drifted"]:
            return Said("drifted", count(len(values["drifted"]), "resource"), "yellow")
        case _:
            return None


def _recovered(values: Mapping[str, Any]) -> str:
    """What was done to a stuck stack, and what came of it."""
    done, asked = _RECOVERED.get(values["action"], (values["action"], values["action"]))
    status = values["status"]
    if status and not status.endswith("_COMPLETE"):
        return f"{asked} was asked for, and it ended as {status}"
    return f"{done}: {status}" if status and values["action"] != "delete" else done


def _of_the_run(event: Event, who: str) -> Said | None:
    values = event.values
    match event.kind:
        case "deploy-started":
            ids = [stack_id(one) for one in values.get("needs", {})]
            where = f"{count(len(ids), 'stack')} in {facts.places(ids)}" if ids else "nothing"
            verb = _VERBS.get(values["command"], values["command"])
            return Said(verb, f"{where} · endpoint {values['endpoint']} · by {values['who']}", "bold")
        case "deploy-resumed":
            return Said("Resuming", _resumed(values), "bold")
        case "lock-taken" if values.get("from"):
            where = f"{values['environment']} in {values['account']} {values['region']}"
            other = values["from"]
            before = f"an earlier run of {other} that did not give it back" if other == who else other
            return Said("lock", f"of {where} taken over from {before}", "yellow")
        case "lock-lost":
            where = f"{values['environment']} in {values['account']} {values['region']}"
            return Said("lock", f"of {where} lost, nothing new is begun: {values['reason']}", "bold red")
        case _:
            return None


def _resumed(values: Mapping[str, Any]) -> str:
    """`20261122T101500Z-3f9a1c: 23 of 24 stacks left · by ada`, as far as it is told."""
    left = f"{values['left']} of {count(values['stacks'], 'stack')} left" if "left" in values else ""
    head = ": ".join(filter(None, (values.get("run", ""), left)))
    return " · ".join(filter(None, (head, f"by {values['who']}")))


def _small(event: Event) -> Said | None:
    """Steps that a log has a line for."""
    match event.kind:
        case "stack-started":
            return Said("started", event.values.get("status", ""))
        case "stack-waiting":
            return Said("waits", f"for {event.values['reason']}")
        case "planned":
            return Said("plan", facts.changes(event.values["plan"]))
        case _:
            return None


_DOING: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "stack-started": lambda _: "looks at what stands",
    "stack-waiting": lambda values: f"waits for {values['reason']}",
    "stack-recovered": _recovered,
    "artifact-stored": lambda values: f"artifact {values['key']}",
    "change-set-requested": lambda _: "change set requested",
    "planned": lambda values: f"plan: {facts.changes(values['plan'])}",
    "execution-requested": lambda _: "change set executed",
    "resource": lambda values: f"{values['logical_id']}  {values['status']}  {values['type']}",
}


def doing(event: Event) -> str:
    """What a stack is at after this event; empty where that is what it was at before."""
    words = _DOING.get(event.kind)
    return "" if words is None else words(event.values)
