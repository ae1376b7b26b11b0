"""What skafu says beside what stands, value by value; pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from fnmatch import fnmatchcase
from itertools import zip_longest
from typing import Any

from oracle_endpoint import Deployed
from oracle_readers import DEFAULTS

from skafu.model.node import Node, Unknown
from skafu.model.place import Path, dotted

SHORTEST = 6
"""Characters that a name must have to be taken for the name of a resource when it is met inside of text."""

OUTPUT = ("Value", "Description", "Export")
"""The members of an output that DescribeStacks states."""


class Verdict(Enum):
    """What one comparison came to; the values are the heads of the table."""

    EQUAL = "equal"
    LATE = "Unknown, made at deployment"
    EXPLAINED = "Unknown, explained"
    EMULATOR = "MiniStack wrong"
    WRONG = "skafu wrong"


@dataclass(frozen=True, slots=True)
class Notes:
    """What a template says about itself. Places may hold shell-style patterns.

    Attributes:
        unknown: place -> why a value cannot be known although it does not vary.
        emulator: place -> (the right value, None for "not there"; who says so).
        redeployed: place -> (what stands as written -> what MiniStack makes of the same in the effective template;
            who says that CloudFormation would not).
    """

    unknown: Mapping[str, str]
    emulator: Mapping[str, tuple[Any, str]]
    redeployed: Mapping[str, tuple[Mapping[str, str], str]]

    def why(self, note: str) -> str:
        """What a note says in explanation; empty for none."""
        if note in self.unknown:
            return self.unknown[note]
        return next((told[note][1] for told in (self.emulator, self.redeployed) if note in told), "")


@dataclass(frozen=True, slots=True)
class Compared:
    """One value. `note` is the key of the note that the verdict rests on, if any."""

    place: str
    verdict: Verdict
    detail: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Deployments:
    """One template deployed three times with the same parameters.

    Attributes:
        written: as written.
        again: as written once more, with other values in Parameter Store.
        effective: the effective template, with the first values again; as `written` if it was refused.
    """

    written: Deployed
    again: Deployed
    effective: Deployed


def compare(source: Node, template: Node, stands: Deployments, notes: Notes) -> Iterator[Compared]:
    """Every value that can be read back, compared with the effective `template`.

    A known value must be what stands. An Unknown must leave an expression behind that makes what stands, and there
    must be a reason for it: the value changes when the same is deployed again, it holds a name that is written
    nowhere in the template (so it was made at the deployment), or a note says why.
    """
    spelled = json.dumps(template.plain())
    again, effective = _tree(stands.again), _tree(stands.effective)
    for path, node, actual in _pairs(source, template, _tree(stands.written)):
        place = dotted(path)
        noted = _note(notes.emulator, place)
        if noted and _differs(node, actual):
            right, _ = notes.emulator[noted]
            ok = not _differs(node, right)
            yield Compared(
                place, *(_told(Verdict.EMULATOR, node, actual) if ok else _wrong(node, actual)), noted
            )
            continue
        told, later = _plainly(actual, stands.written), _plainly(_at(effective, path), stands.effective)
        if told != later and actual is not None:
            detail = f"deployed as written it is `{told}`, as the effective template `{later}`"
            noted = _note(notes.redeployed, place)
            if noted and not _differs(node, actual) and notes.redeployed[noted][0].get(told) == later:
                yield Compared(place, Verdict.EMULATOR, detail, noted)
            else:
                yield Compared(place, Verdict.WRONG, detail)
        elif node is None or not isinstance(node.value, Unknown):
            yield Compared(place, *(_wrong(node, actual) if _differs(node, actual) else (Verdict.EQUAL, "")))
        elif _at(again, path) != actual or _made_up(actual, stands.written, spelled):
            yield Compared(place, Verdict.LATE)
        elif reason := _note(notes.unknown, place):
            yield Compared(place, Verdict.EXPLAINED, "", reason)
        else:
            detail = f"Unknown ({node.value.reason}), but it is always `{told}`"
            yield Compared(place, Verdict.WRONG, detail)


def _pairs(source: Node, template: Node, tree: Any) -> Iterator[tuple[Path, Node | None, Any]]:
    """(place, what skafu says, what stands), None for nothing on either side."""
    for section, key in (("Resources", "Type"), ("Outputs", "Value")):
        said = (template.get(section) or source).members if template.get(section) else {}
        for name in sorted({*said, *tree[section]}):
            path = (section, name)
            node, actual = said.get(name), tree[section].get(name)
            if node is None or actual is None:
                yield (*path, key), node.get(key) if node else None, actual[key] if actual else None
            elif section == "Outputs":
                for member in OUTPUT:
                    yield from _leaves((*path, member), node.get(member), actual.get(member))
            else:
                yield from _resource(path, source.get(*path), node, actual)


def _resource(
    path: Path, source: Node | None, node: Node, actual: Any
) -> Iterator[tuple[Path, Node | None, Any]]:
    kind = actual["Type"]
    yield (*path, "Type"), node.get("Type"), kind
    if "DeletionPolicy" in node.members and "DeletionPolicy" in actual:
        yield (*path, "DeletionPolicy"), node.get("DeletionPolicy"), actual["DeletionPolicy"]
    written = source.get("Properties") if source else None
    said = node.get("Properties")
    for name in sorted({*(written.members if written else {}), *(said.members if said else {})}):
        if name not in actual["Properties"]:
            continue  # no reader states it
        one = said.get(name) if said else None
        value = actual["Properties"][name]
        if one is None and str(value) == DEFAULTS.get((kind, name)):
            value = None  # it was left to the service, and the service did what it does then
        yield from _leaves((*path, "Properties", name), one, value)


def _leaves(path: Path, node: Node | None, actual: Any) -> Iterator[tuple[Path, Node | None, Any]]:
    members, items = (node.members, node.items) if node else ({}, [])
    if members and isinstance(actual, dict):
        for key in sorted({*members, *actual}):
            yield from _leaves((*path, key), members.get(key), actual.get(key))
    elif items and isinstance(actual, list):
        for index, (item, value) in enumerate(zip_longest(items, actual)):
            yield from _leaves((*path, index), item, value)
    elif node is not None or actual is not None:
        yield path, node, actual


def _tree(deployed: Deployed) -> dict[str, Any]:
    """What stands, in the shape of a template."""
    resources: dict[str, Any] = {}
    for logical_id, (kind, _) in deployed.resources.items():
        resources[logical_id] = {"Type": kind, "Properties": deployed.properties.get(logical_id, {})}
        if logical_id in deployed.properties:
            kept = logical_id in deployed.retained
            resources[logical_id]["DeletionPolicy"] = "Retain" if kept else "Delete"
    return {"Resources": resources, "Outputs": deployed.outputs}


def _at(tree: Any, path: Path) -> Any:
    for part in path:
        try:
            tree = tree[part]
        except (LookupError, TypeError):
            return None
    return tree


def _differs(node: Node | None, actual: Any) -> bool:
    return _text(node.plain() if node else None) != _text(actual)


def _text(value: Any) -> str:
    """CloudFormation's scalars are text: `true` and "true", 5 and "5" are one value."""
    if isinstance(value, dict):
        return json.dumps({key: _text(one) for key, one in value.items()}, sort_keys=True)
    if isinstance(value, list):
        return json.dumps([_text(one) for one in value])
    if isinstance(value, bool):
        return "true" if value else "false"
    return "nothing" if value is None or value == "" else str(value)


def _names(deployed: Deployed) -> dict[str, str]:
    """Physical ids, and the names at their ends -> the logical ids behind them; the longest first."""
    names = {deployed.stack_id: "stack", deployed.stack_id.rpartition("/")[2]: "stack"}
    ids = {logical_id: physical_id for logical_id, (_, physical_id) in deployed.resources.items()}
    for logical_id, physical_id in {**ids, **deployed.nested}.items():
        for name in (physical_id, physical_id.rpartition("/")[2], physical_id.rpartition(":")[2]):
            names[name] = logical_id
    return {name: names[name] for name in sorted(names, key=len, reverse=True) if len(name) >= SHORTEST}


def _plainly(value: Any, deployed: Deployed) -> str:
    """A value with the names of this deployment's resources replaced by their logical ids."""
    text = _text(value)
    for name, logical_id in _names(deployed).items():
        text = text.replace(name, f"<{logical_id}>")
    return text


def _made_up(value: Any, deployed: Deployed, spelled: str) -> bool:
    """Whether a value holds the name of a resource that is spelled nowhere in the template."""
    return any(name in _text(value) and name not in spelled for name in _names(deployed))


def _note(notes: Mapping[str, Any], place: str) -> str:
    return next((pattern for pattern in notes if fnmatchcase(place, pattern)), "")


def _wrong(node: Node | None, actual: Any) -> tuple[Verdict, str]:
    return _told(Verdict.WRONG, node, actual)


def _told(verdict: Verdict, node: Node | None, actual: Any) -> tuple[Verdict, str]:
    said = _text(node.plain() if node else None)
    return verdict, f"skafu says `{said}`, the stack has `{_text(actual)}`"
