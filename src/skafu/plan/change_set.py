"""What a change set says, as `Change` values. A word that CloudFormation did not know before is never read as harmless."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from skafu.model.change import KNOWN_AFTER_APPLY, Action, Change, PropertyChange, Replacement
from skafu.model.errors import SkafuError
from skafu.model.estate import Stack
from skafu.model.place import Location, Path
from skafu.plan.comparing import NOTHING, differences
from skafu.plan.keeping import outlives_removal, outlives_replacement
from skafu.plan.places import Places, nested_templates
from skafu.plan.templates import Template, properties, resources, written

_ACTIONS = {
    "Add": Action.ADD,
    "Modify": Action.MODIFY,
    "Remove": Action.REMOVE,
    "Import": Action.IMPORT,
    "Dynamic": Action.DYNAMIC,
    "SyncWithActual": Action.MODIFY,  # only what CloudFormation knows of it changes
}
_REPLACEMENTS = {"True": Replacement.ALWAYS, "False": Replacement.NEVER, "Conditional": Replacement.MAYBE}
_RECREATIONS = {"Always": Replacement.ALWAYS, "Never": Replacement.NEVER, "Conditionally": Replacement.MAYBE}
_KEEPING = {"Retain", "Snapshot", "ReplaceAndRetain", "ReplaceAndSnapshot"}
_RANKS = list(Replacement)
_SOURCES = {"DirectModification": "", "NoModification": "", "Automatic": "its template"}


def changes(
    stack: Stack, raw: Sequence[Mapping[str, Any]], before: Template | None, after: Template
) -> tuple[Change, ...]:
    """The changes of a change set, by logical id.

    Args:
        stack: what was submitted, for the places.
        raw: `Changes` of DescribeChangeSet, those of nested change sets with their ids prefixed.
        before: the template that CloudFormation holds; it answers where a change set gives no values.
        after: the template as submitted, likewise.

    Raises:
        SkafuError: a change is none that skafu knows.
    """
    places = Places(stack)
    was, becomes = resources(before), resources(after, nested_templates([stack]))
    found = [change for one in raw for change in _change(_resource_change(one), was, becomes, places)]
    return tuple(sorted(found, key=lambda change: (change.logical_id, change.action is not Action.REMOVE)))


def _resource_change(one: Mapping[str, Any]) -> Mapping[str, Any]:
    said = one.get("ResourceChange")
    if one.get("Type", "Resource") != "Resource" or not isinstance(said, Mapping):
        raise SkafuError(
            f"The change set has a change of the kind {one.get('Type')!r}, which skafu does not know."
        )
    if (
        not said.get("LogicalResourceId")
        or not said.get("ResourceType")
        or said.get("Action") not in _ACTIONS
    ):
        raise SkafuError(
            f"The change set says {said.get('Action')!r} of {said.get('LogicalResourceId')!r}"
            f" ({said.get('ResourceType')!r}), which skafu does not know."
        )
    return said


def _change(
    said: Mapping[str, Any],
    was: Mapping[str, Mapping[str, Any]],
    becomes: Mapping[str, Mapping[str, Any]],
    places: Places,
) -> Iterator[Change]:
    name, type_, action = str(said["LogicalResourceId"]), str(said["ResourceType"]), _ACTIONS[said["Action"]]
    old = (
        None
        if action in {Action.ADD, Action.IMPORT}
        else _context(said, "BeforeContext", was.get(name), type_)
    )
    new = None if action is Action.REMOVE else _context(said, "AfterContext", becomes.get(name), type_)
    location = places.of(name)
    physical_id = str(said.get("PhysicalResourceId") or "")
    if action is Action.MODIFY and old is not None and old.get("Type") != type_:
        yield another_type(name, old, new or {}, location, physical_id)
        yield Change(name, type_, Action.ADD, location, after=new)
        return
    replacement = _replacement(said, action)
    yield Change(
        logical_id=name,
        type=type_,
        action=action,
        location=location,
        replacement=replacement,
        physical_id=physical_id,
        details=tuple(_details(said, name, old or {}, new or {}, places)) if action is Action.MODIFY else (),
        kept=_kept(said, action, replacement, was.get(name), becomes.get(name)),
        before=old,
        after=new,
    )


def another_type(
    name: str, old: Mapping[str, Any], new: Mapping[str, Any], location: Location, physical_id: str = ""
) -> Change:
    """The end of a resource whose logical id goes to one of another type."""
    return Change(
        logical_id=name,
        type=str(old.get("Type")),
        action=Action.REMOVE,
        location=location,
        physical_id=physical_id,
        kept=outlives_replacement(new),
        before=old,
    )


def _context(
    said: Mapping[str, Any], key: str, from_template: Mapping[str, Any] | None, type_: str
) -> Mapping[str, Any] | None:
    """The resource on one side: as the change set tells, else as the template has it."""
    try:
        told = json.loads(said.get(key) or "null")
    except ValueError:
        told = None  # too long, and cut off
    if not isinstance(told, Mapping):
        return from_template
    return {"Type": (from_template or {}).get("Type", type_), **told}


def _replacement(said: Mapping[str, Any], action: Action) -> Replacement:
    if action is Action.DYNAMIC:
        return Replacement.MAYBE
    if action is not Action.MODIFY:
        return Replacement.NEVER
    if said["Action"] == "SyncWithActual" and not said.get("Replacement"):
        return Replacement.NEVER
    found = _REPLACEMENTS.get(str(said.get("Replacement")), Replacement.MAYBE)
    replaces = str(said.get("PolicyAction") or "").startswith("ReplaceAnd")
    return Replacement.MAYBE if found is Replacement.NEVER and replaces else found


def _kept(
    said: Mapping[str, Any],
    action: Action,
    replacement: Replacement,
    was: Mapping[str, Any] | None,
    becomes: Mapping[str, Any] | None,
) -> bool:
    if said.get("PolicyAction"):
        return said["PolicyAction"] in _KEEPING
    if action is Action.REMOVE:
        return outlives_removal(was)
    if action is Action.DYNAMIC:
        return outlives_removal(was) and outlives_replacement(becomes)
    return replacement is not Replacement.NEVER and outlives_replacement(becomes)


def _details(
    said: Mapping[str, Any], name: str, old: Mapping[str, Any], new: Mapping[str, Any], places: Places
) -> Iterator[PropertyChange]:
    """One for each path: CloudFormation repeats a path for each of its causes."""
    found: dict[str, PropertyChange] = {}
    for detail in said.get("Details") or ():
        for one in _expanded(detail, name, old, new, places):
            known = found.get(one.path)
            found[one.path] = _merged(known, one) if known else one
    yield from (found[path] for path in sorted(found))


def _merged(one: PropertyChange, other: PropertyChange) -> PropertyChange:
    causes = sorted({*filter(None, one.cause.split(", ")), *filter(None, other.cause.split(", "))})
    return replace(
        one,
        before=one.before if one.before is not None else other.before,
        after=one.after if one.after is not None else other.after,
        replacement=max(one.replacement, other.replacement, key=_RANKS.index),
        cause=", ".join(causes),
    )


def _expanded(
    detail: Mapping[str, Any], name: str, old: Mapping[str, Any], new: Mapping[str, Any], places: Places
) -> Iterable[PropertyChange]:
    target = detail.get("Target") or {}
    attribute = str(target.get("Attribute") or "Properties")
    unsaid = "" if attribute == "Properties" else "Never"
    recreation = _RECREATIONS.get(str(target.get("RequiresRecreation") or unsaid), Replacement.MAYBE)
    cause = _cause(detail)
    if target.get("Path"):
        path = _path(str(target["Path"]), old, new)
        values = (_value(target, "BeforeValue", old, path), _value(target, "AfterValue", new, path))
        return (written(places, name, path, values, recreation, cause),)
    if attribute == "Properties" and target.get("Name"):
        property_ = str(target["Name"])
        path = (attribute, property_)
        was, becomes = properties(old).get(property_, NOTHING), properties(new).get(property_, NOTHING)
    else:
        path = (attribute,)
        was, becomes = old.get(attribute, NOTHING), new.get(attribute, NOTHING)
    deeper = [(one.path, (one.before, one.after)) for one in differences(was, becomes, path=path)]
    # Where the template says the same on both sides, what it refers to has changed.
    later = NOTHING if cause.startswith("parameter ") else KNOWN_AFTER_APPLY
    told = (NOTHING, later) if cause else (was, becomes)
    return tuple(
        written(places, name, at, values, recreation, cause) for at, values in deeper or [(path, told)]
    )


def _cause(detail: Mapping[str, Any]) -> str:
    source, entity = str(detail.get("ChangeSource") or ""), str(detail.get("CausingEntity") or "")
    if source == "ParameterReference":
        return f"parameter {entity}".strip()
    if source in {"ResourceReference", "ResourceAttribute"}:
        return entity
    return _SOURCES.get(source, f"{source} {entity}".strip())


def _path(pointer: str, *sides: Mapping[str, Any]) -> Path:
    """A JSON pointer into a resource; digits are an index where a list stands, or nobody knows better."""
    path: list[str | int] = []
    here: list[Any] = list(sides)
    for part in pointer.lstrip("/").split("/"):
        word = part.replace("~1", "/").replace("~0", "~")
        is_key = any(isinstance(side, Mapping) and word in side for side in here)
        step: str | int = int(word) if word.isdecimal() and not is_key else word
        here = [_child(side, step) for side in here]
        path.append(step)
    return tuple(path)


def _child(value: Any, part: str | int) -> Any:
    if isinstance(part, int):
        return value[part] if isinstance(value, list) and part < len(value) else NOTHING
    return value.get(part, NOTHING) if isinstance(value, Mapping) else NOTHING


def _value(target: Mapping[str, Any], key: str, side: Mapping[str, Any], path: Path) -> Any:
    """The value that a change set states, as data; from the template where it states none or only its beginning."""
    in_template: Any = side
    for part in path:
        in_template = _child(in_template, part)
    said = target.get(key)
    if said is None:
        wanted = {"BeforeValue": "Add", "AfterValue": "Remove"}[key]
        return NOTHING if target.get("AttributeChangeType") == wanted else in_template
    if str(said)[:1] not in {"{", "["} or said == KNOWN_AFTER_APPLY:
        return said
    try:
        return json.loads(said)
    except ValueError:
        return said if in_template is NOTHING else in_template
