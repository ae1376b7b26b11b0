"""Breaking what a policy about plans lets pass, one place at a time; as `skafu.sdk.mutation` does for the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from skafu.model.change import Action, Replacement
from skafu.model.place import Path, dotted
from skafu.sdk.declare import PlanPolicy
from skafu.sdk.mutation import Bites, broken, grafted, put, tally
from skafu.sdk.plan_cases import STATES, PlanCase, changes_of, plan_applies
from skafu.sdk.running import run_plan

SECTIONS = (*STATES, "outputs", "environment", "account", "parameters", "tags", "tier", "region")
"""The parts of a case whose values are broken, in this order."""

OTHER_TYPE = "Custom::Other"
"""A type of resource that means nothing to anybody."""


def plan_mutants(case: PlanCase) -> Iterator[tuple[str, PlanCase]]:
    """Every way of breaking the case in one place, and the case so broken, in an order that stays.

    What happens to a resource is another action or replacement, or what stands is no longer kept. What will stand
    is of another type. Values are broken as `skafu.sdk.mutation.mutants` does it.
    """
    for change in changes_of(case.written):
        said = {"action": change.action, "replacement": change.replacement}
        for key, words in (("action", (Action.REMOVE, Action.DYNAMIC)), ("replacement", Replacement)):
            if key == "action" or change.action is Action.MODIFY:
                for word in words:
                    if word is not said[key]:
                        yield _told(case, change.logical_id, key, word.value)
        yield _told(case, change.logical_id, "kept", not change.kept)
    for id_ in sorted({*case.written.get("before", {})} & {*case.written.get("after", {})}):
        yield f"after.{id_}.Type is {OTHER_TYPE!r}", _with(case, ("after", id_, "Type"), OTHER_TYPE)
    for section in SECTIONS:
        for path, what, value in broken(case.written.get(section), (section,)):
            yield f"{dotted(path)} {what}", _with(case, path, value)


def plan_grafts(case: PlanCase, violating: Sequence[PlanCase]) -> Iterator[tuple[str, PlanCase]]:
    """The case with one thing about a resource as a violating case has it about one of the same type."""
    for other, theirs in _changing(violating):
        for _, id_ in _changing([case]):
            if _types(case, id_) == _types(other, theirs):
                for path, value in _grafted(case, id_, other, theirs):
                    yield f"{dotted(path)} is as in the case at line {other.line}", _with(case, path, value)


def plan_intruders(case: PlanCase, violating: Sequence[PlanCase]) -> Iterator[tuple[str, PlanCase]]:
    """The case with one change of a violating case added, of a type that it does not hold."""
    held = {one for _, id_ in _changing([case]) for one in _types(case, id_)}
    for other, id_ in _changing(violating):
        if not held & _types(other, id_) and not any(id_ in case.written.get(one, {}) for one in STATES):
            written = {**case.written}
            for section in (*STATES, "changes"):
                body = other.written.get(section, {}).get(id_)
                if body is not None:
                    written[section] = {**written.get(section, {}), id_: body}
            what = f"{id_} changes, as in the case at line {other.line}"
            yield what, replace(case, written=written)


def plan_bites(policy: PlanPolicy, case: PlanCase, cases: Sequence[PlanCase]) -> Bites:
    """What the policy says about a case of `cases` after it was broken; nothing is tried if it should not pass."""
    passing = [one for one in cases if one.expect == ()]
    violating = [one for one in cases if one.expect]
    if case not in passing:
        return Bites()
    found: list[tuple[str, PlanCase]] = []
    if plan_applies(policy, case):
        found += [*plan_mutants(case), *plan_grafts(case, violating)]
    if not any(plan_applies(policy, one) for one in passing):
        found += plan_intruders(case, violating)
    rulings = ((what, run_plan(policy, changes_of(mutant.written))) for what, mutant in found)
    return tally(rulings) if found else Bites()


def _told(case: PlanCase, id_: str, key: str, value: Any) -> tuple[str, PlanCase]:
    shown = str(value).lower() if isinstance(value, bool) else value
    return f"changes.{id_}.{key} is {shown}", _with(case, ("changes", id_, key), value)


def _grafted(case: PlanCase, id_: str, other: PlanCase, theirs: str) -> Iterator[tuple[Path, Any]]:
    for section in (*STATES, "changes"):
        own, foreign = case.written.get(section, {}), other.written.get(section, {})
        if theirs not in foreign:
            continue
        if id_ not in own and section in STATES:
            yield (section, id_), foreign[theirs]
        else:
            yield from grafted(own.get(id_, {}), foreign[theirs], (section, id_))


def _changing(cases: Sequence[PlanCase]) -> Iterator[tuple[PlanCase, str]]:
    for case in cases:
        for change in changes_of(case.written):
            yield case, change.logical_id


def _types(case: PlanCase, id_: str) -> set[str]:
    bodies = (case.written.get(state, {}).get(id_) for state in STATES)
    return {body["Type"] for body in bodies if body is not None}


def _with(case: PlanCase, path: Path, value: Any) -> PlanCase:
    states = {state: case.written.get(state, {}) for state in STATES}
    changes = {id_: {} for state in states.values() for id_ in state} | case.written.get("changes", {})
    return replace(case, written=put({**case.written, **states, "changes": changes}, path, value))
