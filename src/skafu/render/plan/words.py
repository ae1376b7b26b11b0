"""What every format says about a change, worked out once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from typing import cast

from skafu.model.change import KNOWN_AFTER_APPLY, Action, Change, Plan, PropertyChange, Replacement
from skafu.model.estate import StackId
from skafu.model.verdict import Decided
from skafu.render import facts
from skafu.render.safe import one_line

VALUE = 72
"""Characters of a value that are shown; the JSON format has it whole."""

_LATER = json.dumps(KNOWN_AFTER_APPLY)
_SYMBOLS = {
    "added": "+",
    "imported": "+",
    "changed": "~",
    "replaced": "-/+",
    "perhaps replaced": "-/+?",
    "removed": "-",
    "unforeseeable": "?",
}
"""What happens -> its symbol, in the order in which they are counted."""


def what_happens(change: Change) -> str:
    """One word for it, or two."""
    if change.action is Action.MODIFY:
        return {
            Replacement.NEVER: "changed",
            Replacement.MAYBE: "perhaps replaced",
            Replacement.ALWAYS: "replaced",
        }[change.replacement]
    return {
        Action.ADD: "added",
        Action.IMPORT: "imported",
        Action.REMOVE: "removed",
        Action.DYNAMIC: "unforeseeable",
    }[change.action]


def symbol(change: Change) -> str:
    """`+`, `~`, `-/+`, `-`; a question mark where nobody can say."""
    return _SYMBOLS[what_happens(change)]


def remark(change: Change) -> str:
    """What the symbol does not say; empty where it says all."""
    what = what_happens(change)
    gone = change.loses or change.kept
    return {
        "added": "",
        "changed": "",
        "imported": "taken over as it stands",
        "removed": "the resource is kept, out of the stack" if change.kept else "it is lost",
        "replaced": "a new one takes its place; the old one is kept"
        if change.kept
        else "a new one takes its place, the old one is lost",
        "perhaps replaced": f"a new one may take its place; the old one would {'be kept' if change.kept else 'be lost'}",
        "unforeseeable": "what happens is known only while it is carried out" if gone else "",
    }[what]


def place(change: Change) -> str:
    """Where a person edits it; of a removed resource the file alone, for there is no line of it any more."""
    return (
        change.location.file
        if change.action is Action.REMOVE
        else f"{change.location.file}:{change.location.line}"
    )


def counted(changes: Iterable[Change]) -> str:
    """`2 changed, 1 replaced`, most harmless first; empty where nothing changes."""
    numbers = Counter(map(what_happens, changes))
    return ", ".join(f"{numbers[what]:,} {what}" for what in _SYMBOLS if numbers[what])


def losing(changes: Iterable[Change]) -> str:
    """`1 lost, 2 perhaps lost`; empty where nothing is."""
    lost = Counter(change.replacement is Replacement.MAYBE for change in changes if change.loses)
    return ", ".join(f"{lost[may]:,} {'perhaps ' if may else ''}lost" for may in (False, True) if lost[may])


def property_name(detail: PropertyChange) -> str:
    """The path as it stands below `Properties`."""
    return detail.path.removeprefix("Properties.")


def becoming(detail: PropertyChange) -> str:
    """`"a" -> "b"`, or what is known of it."""
    before, after = (None if text is None else _readable(text) for text in (detail.before, detail.after))
    if before is not None and after is not None:
        # Long values often begin alike: shown is where they part.
        alike = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(before, after, strict=False)))
        start = alike - VALUE // 4 if alike > VALUE // 2 and max(len(before), len(after)) > VALUE else 0
        return f"{_cut(before, start)} -> {_cut(after, start)}"
    if before is None and after is None:
        return "changes; from what to what is not stated"
    if before is None:
        shown = _cut(after or "", 0)
        return f"becomes {shown}" if detail.after == _LATER else f"added: {shown}"
    return f"removed: {_cut(before, 0)}"


def _cut(text: str, start: int) -> str:
    return one_line(f"\N{HORIZONTAL ELLIPSIS}{text[start:]}" if start else text, VALUE)


def _readable(text: str) -> str:
    """A value; a function of CloudFormation as people write it: `!GetAtt Table.Arn`."""
    if text == _LATER:
        return "known after deployment"
    match _data(text):
        case {"Ref": str(name), **rest} if not rest:
            return f"!Ref {name}"
        case {"Fn::GetAtt": [str(name), str(attribute)], **rest} if not rest:
            return f"!GetAtt {name}.{attribute}"
        case {"Fn::ImportValue": str(name), **rest} if not rest:
            return f"!ImportValue {name}"
        case {"Fn::Sub": str(template) | [str(template), _], **rest} if not rest:
            return f'!Sub "{template}"'
    return text


def _data(text: str) -> object:
    try:
        return cast("object", json.loads(text))
    except ValueError:
        return None


def forces(detail: PropertyChange) -> str:
    """What the change of this property alone does to the resource."""
    return {
        Replacement.NEVER: "",
        Replacement.MAYBE: "may force replacement",
        Replacement.ALWAYS: "forces replacement",
    }[detail.replacement]


def why(detail: PropertyChange, change: Change) -> str:
    """`parameter Environment, stacks/environments/production.yaml:9`, as far as anybody knows; of the same file the line."""
    place = ""
    if detail.location:
        near = detail.location.file == change.location.file
        place = f"line {detail.location.line}" if near else f"{detail.location.file}:{detail.location.line}"
    return ", ".join(filter(None, (detail.cause, place)))


def headline(plan: Plan) -> str:
    """What stands after the stack's id."""
    kind = {"none": "nothing changes"}.get(plan.kind, plan.kind)
    return "  ".join(filter(None, (kind, counted(plan.changes))))


def notes(plan: Plan) -> Iterator[str]:
    """What a reader must know about the plan as a whole."""
    against = f"predicted against {plan.against}" if plan.against else ""
    if plan.waiting:
        names = _names(plan.waiting, plan.stack)
        stand = f"{' and '.join(names)} {'stands' if len(names) == 1 else 'stand'}"
        yield "; ".join(filter(None, (f"its change set exists once {stand}", against)))
    elif against:
        yield f"{against}; the change set decides"
    yield from plan.others


def _names(stacks: Iterable[StackId], here: StackId) -> list[str]:
    near = (here.environment, here.region)
    return [one.name if (one.environment, one.region) == near else str(one) for one in sorted(stacks)]


def quiet(plan: Plan) -> bool:
    """Whether there is nothing to read in it."""
    return plan.kind == "none" and not plan.changes and not plan.others


def about(plan: Plan, decided: Iterable[Decided]) -> list[Decided]:
    """The findings about this plan, worst first, then by place."""
    found = (one for one in decided if plan.stack in one.finding.stacks)
    return sorted(found, key=lambda one: (one.finding.severity.rank, *facts.by_place(one)))


def shared_out(
    plans: Sequence[Plan], decided: Sequence[Decided]
) -> tuple[list[list[Decided]], list[Decided]]:
    """The findings of each plan, a finding about several with the first; and those about none."""
    left = list(decided)
    shares = []
    for plan in plans:
        share = about(plan, left)
        left = [one for one in left if one not in share]
        shares.append(share)
    return shares, sorted(left, key=lambda one: (one.finding.severity.rank, *facts.by_place(one)))


def unchanged(plans: Iterable[Plan]) -> str:
    """`31 stacks unchanged: api, data in production/us-east-1; ...`; empty where there are none."""
    places: dict[str, list[str]] = {}
    for plan in sorted(plans, key=lambda plan: plan.stack):
        if quiet(plan):
            places.setdefault(f"{plan.stack.environment}/{plan.stack.region}", []).append(plan.stack.name)
    number = sum(map(len, places.values()))
    listed = "; ".join(f"{', '.join(names)} in {place}" for place, names in places.items())
    return f"{facts.count(number, 'stack')} unchanged: {listed}" if number else ""


def totals(plans: Sequence[Plan]) -> str:
    """`3 stacks change: 4 added, 1 replaced; 1 lost`."""
    loud = [plan for plan in plans if not quiet(plan)]
    if not loud:
        return "Nothing changes"
    changes = [change for plan in loud for change in plan.changes]
    numbers = "; ".join(filter(None, (counted(changes), losing(changes)))) or "none of its resources"
    return f"{facts.count(len(loud), 'stack changes', 'stacks change')}: {numbers}"
