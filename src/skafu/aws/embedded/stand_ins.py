"""What stands in, in the embedded endpoint alone, for a resource that MiniStack cannot make. Pure.

A stand-in is a parameter in Parameter Store that says what it stands in for and holds the properties as text. What
they refer to stays referred to, so a stand-in is made in its turn, and changes when they do. Whoever refers to it
gets a made-up value of the right form (`skafu.aws.embedded.answers`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from skafu.aws.embedded.answers import Where, answer
from skafu.aws.embedded.as_text import as_text
from skafu.aws.embedded.gaps import told
from skafu.model.deployment import StoodIn

__all__ = ["KIND", "StoodIn", "Where", "stand_in", "supported"]

SUPPORTED = Path(__file__).with_name("supported.txt")
"""The types that the locked MiniStack has, as it says itself; a test asks it again."""

KIND = "AWS::SSM::Parameter"

KEPT = ("Condition", "DeletionPolicy", "UpdateReplacePolicy", "Metadata")
"""What a stand-in takes over from the resource as it is."""

_VARIABLE = re.compile(r"\$\{([^!${}][^${}]*)\}")


@dataclass(frozen=True, slots=True)
class _Answers:
    """What references to the resources of one template get.

    Attributes:
        resources: every resource of the template.
        absent: the names of those that MiniStack cannot make.
        where: where they are deployed.
    """

    resources: Mapping[str, Mapping[str, Any]]
    absent: frozenset[str]
    where: Where

    def text(self, name: str, attribute: str) -> str | None:
        """The value, which may hold `${...}`; None where the endpoint gives the answer itself."""
        if name in self.absent:
            return answer(self.resources[name], name, attribute, self.where)
        return told(name, self.resources[name], attribute) if name in self.resources else None


def stand_in(template: Mapping[str, Any], where: Where) -> tuple[dict[str, Any], tuple[StoodIn, ...]]:
    """A template that MiniStack can deploy, and what was stood in for, by logical id.

    Args:
        template: an effective template, as plain data; a nested one is treated by itself.
        where: where it is deployed; what is made up is made of it, so it is the same the next time.
    """
    everything = template.get("Resources", {})
    resources = {name: one for name, one in everything.items() if isinstance(one, Mapping)}
    absent = frozenset(name for name, one in resources.items() if not _has(one.get("Type")))
    answers = _Answers(resources, absent, where)
    found = {StoodIn(name, resources[name]["Type"], "MiniStack has no such type.") for name in absent}
    asked = set(_references([everything, template.get("Outputs", {})]))
    found |= {
        StoodIn(name, resources[name]["Type"], f"MiniStack does not tell its {attribute}.")
        for name, attribute in asked
        if name not in absent and answers.text(name, attribute) is not None
    }
    made = dict(template)
    if found:
        made["Resources"] = {
            name: _standing_in(name, one, answers) if name in absent else _rewired(one, answers)
            for name, one in everything.items()
        }
        if "Outputs" in template:
            made["Outputs"] = _answered(template["Outputs"], answers)
    return made, tuple(sorted(found, key=lambda one: (one.logical_id, one.reason)))


@cache
def supported() -> frozenset[str]:
    """The types that MiniStack has."""
    return frozenset(SUPPORTED.read_text(encoding="ascii").split())


def _has(kind: Any) -> bool:
    """Whether MiniStack has a type. What is no type at all is for it to refuse."""
    return not isinstance(kind, str) or kind in supported() or kind.startswith("Custom::")


def _standing_in(name: str, resource: Mapping[str, Any], answers: _Answers) -> dict[str, Any]:
    """The parameter. Its name and description say what it is; everything that makes the resource is its value."""
    rest = {key: value for key, value in resource.items() if key not in {*KEPT, "DependsOn"}}
    properties = {
        # Written out, so that one that a deleted stack has left can be taken over again.
        "Name": f"/stand-in/{answers.where.stack}/{name}",
        "Type": "String",
        "Description": f"Stand-in for {resource['Type']}, which the embedded endpoint does not have.",
        "Value": as_text(_answered(rest, answers)),
    }
    kept = {key: _answered(resource[key], answers) for key in KEPT if key in resource}
    return {"Type": KIND, "Properties": properties, **kept, **_after(resource, answers)}


def _rewired(resource: Any, answers: _Answers) -> Any:
    """A resource that stays: it gets the answers, and is still made after what it refers to."""
    if not isinstance(resource, Mapping):
        return resource
    return {**_answered(resource, answers), **_after(resource, answers)}


def _after(resource: Mapping[str, Any], answers: _Answers) -> dict[str, Any]:
    """`DependsOn`, with what was a reference before."""
    given = resource.get("DependsOn", [])
    written = [given] if isinstance(given, str) else list(given)
    lost = sorted({name for name, _ in _references(resource)} & answers.absent - set(written))
    return {"DependsOn": [*written, *lost]} if written or lost else {}


def _answered(value: Any, answers: _Answers) -> Any:
    """The same, with an answer in place of every reference that needs one."""
    if isinstance(value, list):
        return [_answered(one, answers) for one in value]
    if not isinstance(value, Mapping):
        return value
    match list(value.items()):
        case [("Ref", str(name))]:
            text = answers.text(name, "Ref")
            return dict(value) if text is None else text
        case [("Fn::GetAtt", asked)]:
            text = answers.text(*_asked(asked))
            if text is None:
                return dict(value)
            return {"Fn::Sub": text} if "${" in text else text
        case [("Fn::Sub", str(text))]:
            return {"Fn::Sub": _filled(text, answers, ())}
        case [("Fn::Sub", [str(text), Mapping() as given])]:
            return {"Fn::Sub": [_filled(text, answers, given), _answered(given, answers)]}
    return {key: _answered(one, answers) for key, one in value.items()}


def _filled(text: str, answers: _Answers, given: Mapping[str, Any] | tuple[()]) -> str:
    """The text of a `Fn::Sub`; the names in `given` are its own."""

    def fill(found: re.Match[str]) -> str:
        name, _, attribute = found[1].strip().partition(".")
        known = None if found[1] in given else answers.text(name, attribute or "Ref")
        return found[0] if known is None else known

    return _VARIABLE.sub(fill, text)


def _references(value: Any) -> Iterator[tuple[str, str]]:
    """(logical id, attribute) of everything that is referred to, parameters among them."""
    if isinstance(value, list):
        for one in value:
            yield from _references(one)
    elif isinstance(value, Mapping):
        for key, one in value.items():
            if key == "Ref" and isinstance(one, str):
                yield one, "Ref"
            elif key == "Fn::GetAtt":
                yield _asked(one)
            elif key == "Fn::Sub":
                yield from _variables(one)
            yield from _references(one)


def _variables(written: Any) -> Iterator[tuple[str, str]]:
    """The same, of a `Fn::Sub` without the names that it brings itself."""
    text, given = (*written, "", {})[:2] if isinstance(written, list) else (written, {})
    for variable in _VARIABLE.findall(str(text)):
        name, _, attribute = variable.strip().partition(".")
        if variable not in given:
            yield name, attribute or "Ref"


def _asked(written: Any) -> tuple[str, str]:
    """The two sides of a `Fn::GetAtt`, in either way of writing it."""
    if isinstance(written, str):
        name, _, attribute = written.partition(".")
        return name, attribute
    name, *rest = [str(one) for one in written] if isinstance(written, list) and written else [""]
    return name, ".".join(rest)
