"""The cases beside a policy about plans: what stands, what will stand, and what the policy must say about it.

A case is written in `policies/<name>.cases.yaml` as an item of a list:

    - name: a table that gives way to a new one
      environment: {name: production}
      before:
        Table: {Type: AWS::DynamoDB::Table, Properties: {TableName: users}}
      after:
        Table: {Type: AWS::DynamoDB::Table, Properties: {TableName: people}}
      changes:
        Table: {replacement: always}
      expect:
        - {resource: Table, message: replaced}

A resource of `after` alone is added, one of `before` alone is removed, one that differs is modified; one whose type
differs is removed and added. It is kept as its `DeletionPolicy`, or its `UpdateReplacePolicy`, says. `changes`
says otherwise: `action`, `replacement`, `kept`, `physical_id`. `kind` is `update`, or `create` where nothing stands.
Everything else is as in the cases of other policies; see `skafu.sdk.cases`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from skafu.model.change import Action, Replacement
from skafu.model.place import dotted
from skafu.sdk.case_text import CasesError, Written
from skafu.sdk.case_values import is_unknown, with_unknowns
from skafu.sdk.cases import EXPECTED_KEYS, MAPPINGS, TEXTS, check_parts, meant, stack_of, where
from skafu.sdk.change import Change, Plan, PropertyChange
from skafu.sdk.comparing import Difference, Expected, compared, read_each, read_expected
from skafu.sdk.declare import PlanPolicy
from skafu.sdk.running import concerns, run_plan
from skafu.sdk.subjects import Resource, Stack

STATES = ("before", "after")
"""The parts of a case that hold resources."""

KINDS = ("create", "update", "import")
"""What a plan with changes may be."""

KEPT = ("Retain", "RetainExceptOnCreate", "Snapshot")
"""The policies of a resource that keep it, or a copy of it. Source: the DeletionPolicy attribute."""

_SAID: Mapping[str, tuple[Any, ...]] = {
    "action": tuple(one.value for one in Action),
    "replacement": tuple(one.value for one in Replacement),
    "kept": (True, False),
}
"""What may be said of a change beside its physical id."""

_OTHERS = tuple(key for key in MAPPINGS if key != "resources")
_KEYS = {"name", "expect", "kind", "changes", *STATES, *_OTHERS, *TEXTS}


@dataclass(frozen=True, slots=True, eq=False)
class PlanCase:
    """A plan and what the policy must say about it.

    Attributes:
        name: one line for people.
        expect: part of the message, resource and place of each violation, or None for "not evaluated".
        line: where it stands in its file, 1-based.
        expect_lines: where each expected violation stands there.
        written: what the plan is made of: the case as written.
    """

    name: str
    expect: tuple[Expected, ...] | None
    line: int = 1
    expect_lines: tuple[int, ...] = ()
    written: Mapping[str, Any] = field(default_factory=dict, repr=False)


def read_plan_cases(text: str) -> list[PlanCase]:
    """The cases in the text of the cases file of a policy about plans.

    Raises:
        CasesError: it is not a list of cases; the message says which one is wrong, and how.
    """
    return read_each(text, _case)


def plan_differences(policy: PlanPolicy, case: PlanCase) -> list[Difference]:
    """What the policy says otherwise than the case expects; empty when it is right."""
    return compared(case, run_plan(policy, changes_of(case.written)), meant, where)


def plan_applies(policy: PlanPolicy, case: PlanCase) -> bool:
    """Whether the policy is asked anything about the case."""
    return any(concerns(policy, change) for change in changes_of(case.written))


def plan_lacking(policy: PlanPolicy, cases: Sequence[PlanCase]) -> list[str]:
    """The answers of the policy that no case shows. Every policy has to show all three."""
    found = []
    if not any(case.expect == () for case in cases):
        found.append("no case passes (expect: [])")
    if not any(case.expect for case in cases):
        found.append("no case states a violation (expect: [{resource: ..., at: ..., message: ...}])")
    if not any(
        case.expect is None or (case.expect == () and not plan_applies(policy, case)) for case in cases
    ):
        found.append(
            "no case shows what the policy cannot answer (expect: not_evaluated) "
            "or has nothing to say about (expect: [], and no change of its types)"
        )
    return found


def changes_of(written: Mapping[str, Any]) -> tuple[Change, ...]:
    """The changes that a case describes, by logical id; nothing in them is shared with `written`."""
    stack = stack_of({**written, "resources": written.get("after", {})})
    found = [
        (id_, action)
        for id_ in sorted({id_ for state in STATES for id_ in written.get(state, {})})
        for action in _actions(id_, written)
    ]
    kind = written.get("kind", "update" if written.get("before") else "create")
    standing = {_physical_id(id_, written): id_ for id_, _ in found if id_ in written.get("before", {})}
    plan = Plan(kind, stack, dict(found), standing)
    return tuple(_change(id_, action, plan, written) for id_, action in found)


def _physical_id(id_: str, written: Mapping[str, Any]) -> str:
    return str(written.get("changes", {}).get(id_, {}).get("physical_id", f"case-{id_}"))


def _actions(id_: str, written: Mapping[str, Any]) -> tuple[Action, ...]:
    before, after = (written.get(state, {}).get(id_) for state in STATES)
    said = written.get("changes", {}).get(id_, {})
    if "action" in said:
        return (Action(said["action"]),)
    if before is None:
        return (Action.ADD,)
    if after is None:
        return (Action.REMOVE,)
    if before["Type"] != after["Type"]:
        return (Action.REMOVE, Action.ADD)
    return (Action.MODIFY,) if before != after or said else ()


def _change(id_: str, action: Action, plan: Plan, written: Mapping[str, Any]) -> Change:
    sides = [written.get(state, {}) for state in STATES]
    bodies = [side.get(id_) for side in sides]
    before, after = (_resource(id_, side, plan.stack) for side in sides)
    said = written.get("changes", {}).get(id_, {})
    given = said.get("replacement", "maybe" if action is Action.DYNAMIC else "never")
    replacement = Replacement(given if action in (Action.MODIFY, Action.DYNAMIC) else "never")
    of = (before, after) if action is Action.REMOVE else (after, before)
    return Change(
        id_,
        next(one.type for one in of if one is not None),
        action,
        plan,
        replacement,
        physical_id="" if before is None else _physical_id(id_, written),
        details=tuple(_details(*bodies)) if action is Action.MODIFY else (),
        kept=said.get("kept", _kept(action, replacement, *bodies)),
        before=None if action is Action.ADD else before,
        after=None if action is Action.REMOVE else after,
    )


def _resource(id_: str, written: Mapping[str, Any], stack: Stack) -> Resource | None:
    if id_ not in written:
        return None
    types = {name: body["Type"] for name, body in written.items()}
    body = with_unknowns(written[id_], ("Resources", id_), types=types)
    return Resource(id_, body["Type"], stack, body)


def _kept(action: Action, replacement: Replacement, before: Any, after: Any) -> bool:
    """What CloudFormation reads: a removed resource's old declaration, a replaced one's new one."""
    if action is Action.REMOVE and after is None:
        return (before or {}).get("DeletionPolicy") in KEPT
    replaced = action is Action.REMOVE or replacement is not Replacement.NEVER
    return replaced and (after or {}).get("UpdateReplacePolicy") in KEPT


def _details(before: Any, after: Any) -> Iterator[PropertyChange]:
    sides = [_members(one) for one in (before, after)]
    for path in sorted({*sides[0], *sides[1]}):
        old, new = (side.get(path) for side in sides)
        if old != new:
            yield PropertyChange(dotted(path), with_unknowns(old, path), with_unknowns(new, path))


def _members(body: Any) -> dict[tuple[str, ...], Any]:
    """The attributes of a resource and its properties, each with its path."""
    written = body or {}
    properties = written.get("Properties")
    inside = properties if isinstance(properties, dict) and not is_unknown(properties) else {}
    beside = {(name,): value for name, value in written.items() if name not in ("Type", "Properties")}
    return beside | {("Properties", name): value for name, value in inside.items()}


def _case(number: int, item: Written) -> PlanCase:
    written = item.data
    if not isinstance(written, dict) or not {"name", "expect"} <= written.keys() <= _KEYS:
        allowed = ", ".join(sorted(_KEYS))
        raise CasesError(item.line, f"case {number} needs name and expect, and may have {allowed}")
    name = str(written["name"])
    check_parts(written, name, item.line, ("changes", *STATES, *_OTHERS), STATES)
    for reason in _reasons(written):
        raise CasesError(item.line, f"{name}: {reason}")
    expect = read_expected(name, written["expect"], item, EXPECTED_KEYS)
    return PlanCase(name, expect, item.line, item.expect_lines, written)


def _reasons(written: Mapping[str, Any]) -> Iterator[str]:
    """What is wrong with what it says about changes."""
    if "kind" in written and written["kind"] not in KINDS:
        yield f"kind is one of {', '.join(KINDS)}"
    there = {id_ for state in STATES for id_ in written.get(state, {})}
    for id_, said in written.get("changes", {}).items():
        if id_ not in there:
            yield f"changes names {id_}, which is neither in before nor in after"
        if not isinstance(said, dict) or not said.keys() <= {*_SAID, "physical_id"}:
            yield f"what changes says of {id_} has {', '.join(_SAID)}, physical_id"
        for key, words in _SAID.items():
            if key in said and said[key] not in words:
                listed = ", ".join(str(word).lower() for word in words)
                yield f"{key} of {id_} is one of {listed}"
