"""What CloudFormation's provider schemas say about a type, read from the files that cfn-lint's wheel brings along.

One small index for each region names the schema of each type; a schema is read when its type is first asked for
(0.3 ms at the median, all 1,854 of a region in 0.9 s). cfn-lint itself is not imported: that takes 0.7 s.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from skafu.model.change import Replacement
from skafu.model.errors import SkafuError
from skafu.model.place import Path as Place

CUSTOM = "AWS::CloudFormation::CustomResource"
"""What every `Custom::` type is to CloudFormation."""

_FALLBACK = "us-east-1"  # where a region has no index of its own, cfn-lint takes this one too


@dataclass(frozen=True, slots=True)
class Shape:
    """The part of a schema that is about one place; empty where it says nothing about it."""

    says: Mapping[str, Any]
    definitions: Mapping[str, Any]

    def child(self, part: str | int) -> Shape:
        """The shape of a member or an item."""
        if isinstance(part, int):
            return self._at(self.says.get("items"))
        members = self.says.get("properties", {})
        if part in members:
            return self._at(members[part])
        return self._at(next(iter(self.says.get("patternProperties", {}).values()), None))

    @property
    def is_set(self) -> bool:
        """Whether it is a list whose order means nothing."""
        return self.says.get("insertionOrder") is False and self.says.get("type") == "array"

    @property
    def defaults(self) -> Mapping[str, Any]:
        """Member -> the value that stands where it is left out."""
        shapes = {name: self.child(name).says for name in self.says.get("properties", {})}
        return {name: says["default"] for name, says in shapes.items() if "default" in says}

    def _at(self, found: Any) -> Shape:
        says = found if isinstance(found, Mapping) else {}
        for _ in range(9):  # a chain of references is short, or it is a circle
            ref = says.get("$ref")
            if not isinstance(ref, str):
                break
            target = self.definitions.get(ref.removeprefix("#/definitions/"), {})
            says = {**target, **{key: value for key, value in says.items() if key != "$ref"}}
        return Shape(says, self.definitions)


@dataclass(frozen=True, slots=True)
class TypeSchema:
    """What a schema says about updating a resource of its type.

    Attributes:
        always: the places that cannot be changed without a replacement (`createOnlyProperties`).
        maybe: those that sometimes cannot (`conditionalCreateOnlyProperties`).
        ignored: those that a template cannot set (`readOnlyProperties`).
        identifiers: attributes that stay as long as the resource does (`primaryIdentifier` and such).
        properties: the shape of `Properties`.
    """

    always: tuple[Place, ...]
    maybe: tuple[Place, ...]
    ignored: tuple[Place, ...]
    identifiers: frozenset[str]
    properties: Shape

    def replacement(self, path: Place, *values: Any) -> Replacement:
        """What a change at `path`, below `Properties`, does to the resource.

        Args:
            path: where the two sides differ.
            values: what stands there on either side; looked into where only a part of it decides.
        """
        if any(_covers(place, path) or _holds(place, path, values) for place in self.always):
            return Replacement.ALWAYS
        hidden = any(_unreadable(place, path, values) for place in self.always)
        sometimes = any(
            _covers(place, path) or _holds(place, path, values) or _unreadable(place, path, values)
            for place in self.maybe
        )
        return Replacement.MAYBE if hidden or sometimes else Replacement.NEVER

    def reads_only(self, path: Place) -> bool:
        """Whether a template cannot set what stands at `path`."""
        return any(_covers(place, path) for place in self.ignored)

    def shape(self, path: Place) -> Shape:
        """The shape of what stands at `path`, below `Properties`."""
        found = self.properties
        for part in path:
            found = found.child(part)
        return found


def _covers(place: Place, path: Place) -> bool:
    """Whether `path` is `place` or lies inside of it."""
    rest = _rest(place, path)
    return rest is not None and not rest


def _rest(place: Place, path: Place) -> Place | None:
    """What is left of `place` after going along `path`; None where they part. Schemas leave indexes out, or write `*`."""
    left = list(place)
    for part in path:
        if not left:
            break
        if left[0] == "*" or left[0] == part:
            left.pop(0)
        elif not isinstance(part, int):
            return None
    return tuple(left)


def _holds(place: Place, path: Place, values: Sequence[Any]) -> bool:
    """Whether `place` lies below `path` and one of the values there has something at it."""
    rest = _rest(place, path)
    return bool(rest) and any(_has(value, rest or ()) for value in values)


def _has(value: Any, rest: Place) -> bool:
    if not rest:
        return True
    if isinstance(value, list):
        return any(_has(item, rest[1:] if rest[0] == "*" else rest) for item in value)
    if not isinstance(value, Mapping):
        return False
    if rest[0] == "*":
        return any(_has(item, rest[1:]) for item in value.values())
    return rest[0] in value and _has(value[rest[0]], rest[1:])


def _unreadable(place: Place, path: Place, values: Sequence[Any]) -> bool:
    """Whether `place` lies below `path`, where a function stands whose result nobody knows."""
    return bool(_rest(place, path)) and any(map(is_expression, values))


def is_expression(value: Any) -> bool:
    """Whether the value is one that CloudFormation evaluates: a mapping with one intrinsic function."""
    if not isinstance(value, Mapping) or len(value) != 1:
        return False
    name = next(iter(value))
    return name == "Ref" or (isinstance(name, str) and name.startswith("Fn::"))


@dataclass(slots=True)
class Schemas:
    """The provider schemas of one region; each is read once."""

    region: str
    _index: dict[str, str] = field(default_factory=dict, init=False)
    _read: dict[str, TypeSchema | None] = field(default_factory=dict, init=False)

    def of(self, type_: str) -> TypeSchema | None:
        """The schema of a resource type; None where there is none, as for a module or a type of one's own.

        Raises:
            SkafuError: the schemas are not there or cannot be read.
        """
        name = CUSTOM if type_.startswith("Custom::") else type_
        if name not in self._read:
            digest = self._digest(name)
            self._read[name] = _parsed(_json(_folder() / "resources" / f"{digest}.json")) if digest else None
        return self._read[name]

    def _digest(self, type_: str) -> str:
        if not self._index:
            folder = _folder() / "providers"
            own = folder / f"{self.region}.json"
            self._index.update(_json(own if own.exists() else folder / f"{_FALLBACK}.json"))
        return self._index.get(type_, "")


def _folder() -> Path:
    spec = find_spec("cfnlint")
    if spec is None or spec.origin is None:
        raise SkafuError(
            "cfn-lint, which has the provider schemas, is not installed.", hint="Install skafu again."
        )
    return Path(spec.origin).parent / "data" / "schemas"


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SkafuError(
            f"The provider schemas of cfn-lint cannot be read: {file.name}: {error}.",
            hint="Install skafu again.",
        ) from error


def _parsed(schema: Mapping[str, Any]) -> TypeSchema:
    identifiers = [schema.get("primaryIdentifier", ()), *schema.get("additionalIdentifiers", ())]
    return TypeSchema(
        always=_places(schema.get("createOnlyProperties", ())),
        maybe=_places(schema.get("conditionalCreateOnlyProperties", ())),
        ignored=_places(schema.get("readOnlyProperties", ())),
        identifiers=frozenset(".".join(map(str, place)) for one in identifiers for place in _places(one)),
        properties=Shape({"properties": schema.get("properties", {})}, schema.get("definitions", {})),
    )


def _places(pointers: Iterable[str]) -> tuple[Place, ...]:
    """JSON pointers as paths below `Properties`."""
    return tuple(
        tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[2:])
        for pointer in pointers
    )
