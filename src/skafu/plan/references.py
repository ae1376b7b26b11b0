"""What a value of a template refers to: resources, their attributes, parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from skafu.model.place import Path
from skafu.plan.schemas import is_expression

_NAMES = re.compile(r"\$\{([^!${}][^${}]*)\}")  # `${!Literal}` stays as it is


@dataclass(frozen=True, slots=True)
class Mention:
    """A reference and the value that holds it.

    Attributes:
        path: of the whole expression that CloudFormation evaluates.
        name: the resource or parameter.
        attribute: of a resource; empty for its id, or for a parameter.
    """

    path: Path
    name: str
    attribute: str = ""

    def __str__(self) -> str:
        """`Table` or `Table.Arn`."""
        return f"{self.name}.{self.attribute}" if self.attribute else self.name


def mentions(value: Any, path: Path = ()) -> Iterator[Mention]:
    """Every reference in `value`, at the place of the outermost expression around it."""
    if is_expression(value):
        yield from (Mention(path, *found) for found in _inside(value))
    elif isinstance(value, Mapping):
        for key, child in value.items():
            yield from mentions(child, (*path, key))
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from mentions(child, (*path, index))


def _inside(value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, list):
        for item in value:
            yield from _inside(item)
    if not isinstance(value, Mapping):
        return
    if is_expression(value):
        (function, argument), *_ = value.items()
        if function == "Ref" and isinstance(argument, str):
            yield argument, ""
            return
        if function == "Fn::GetAtt":
            yield from _attribute(argument)
            return
        if function == "Fn::Sub":
            yield from _substituted(argument)
            return
    for child in value.values():
        yield from _inside(child)


def _attribute(argument: Any) -> Iterator[tuple[str, str]]:
    parts = argument.split(".") if isinstance(argument, str) else argument
    match parts:
        case [str(name), *attribute]:
            yield name, ".".join(part if isinstance(part, str) else "?" for part in attribute)


def _substituted(argument: Any) -> Iterator[tuple[str, str]]:
    text, own = argument, {}
    match argument:
        case [str(first), dict(second)]:
            text, own = first, second
            yield from _inside(list(own.values()))
    if isinstance(text, str):
        for name in _NAMES.findall(text):
            if name not in own:
                resource, _, attribute = name.strip().partition(".")
                yield resource, attribute
