"""Events of a deployment in words: the line that stays, and what a stack is doing meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

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


@dataclass(frozen=True, slots=True)
class Said:
    """A line that stays: the word it begins with, its style, and the text behind the name of the stack."""

    word: str
    text: str = ""
    style: str = ""


def said(event: Event, names: Callable[[str], str], *, watched: bool) -> Said | None:
    """The line that stays of an event; None where none does. Who watches sees the small steps anyway.

    `names` shortens the id of a stack.
    """
    if event.stack is None:
        return _of_the_run(event)
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
            return Said("failed", facts.sentences(values["reason"], values.get("hint", "")), "bold red")
        case "stack-skipped":
            return Said("skipped", f"needs {names(values['because'])}: {values['reason']}", "yellow")
        case "stack-left":
            return Said("left", values["reason"], "dim")
        case "plan-decided" if values["gate"] != "approved":
            return Said("blocked", "; ".join(values["reasons"]), "bold red")
        case "stack-recovered":
            return Said("recovered", f"{values['action']}: {values['status']}", "yellow")
        case "drift" if values["drifted"]:
            return Said("drifted", count(len(values["drifted"]), "resource"), "yellow")
        case _:
            return None


def _of_the_run(event: Event) -> Said | None:
    values = event.values
    match event.kind:
        case "deploy-started":
            ids = [stack_id(one) for one in values.get("needs", {})]
            where = f"{count(len(ids), 'stack')} in {facts.places(ids)}" if ids else "nothing"
            verb = _VERBS.get(values["command"], values["command"])
            return Said(verb, f"{where} · endpoint {values['endpoint']} · by {values['who']}", "bold")
        case "deploy-resumed":
            return Said("resumed", f"by {values['who']}", "bold")
        case "lock-taken" if values.get("from"):
            where = f"{values['environment']} in {values['account']} {values['region']}"
            return Said("lock", f"of {where} taken over from {values['from']}", "yellow")
        case "lock-lost":
            where = f"{values['environment']} in {values['account']} {values['region']}"
            return Said("lock", f"of {where} lost, nothing new is begun: {values['reason']}", "bold red")
        case _:
            return None


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
    "stack-recovered": lambda values: f"{values['action']}: {values['status']}",
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
