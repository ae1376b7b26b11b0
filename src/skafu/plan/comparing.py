"""Where two versions of a resource differ in what they mean, not in how they are written."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from skafu.model.place import Path
from skafu.plan.schemas import Shape, is_expression


class _Nothing:
    """Stands where one side has nothing; a template's `null` is a value."""

    def __repr__(self) -> str:
        return "NOTHING"


NOTHING = _Nothing()

ANY_SHAPE = Shape({}, {})
"""The shape of what no schema tells anything about."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where two versions differ.

    Attributes:
        path: from where the comparison began; indexes are those of the new version where the place is in it.
        before: what stood there, or `NOTHING`.
        after: what stands there now, or `NOTHING`.
    """

    path: Path
    before: Any
    after: Any


def differences(before: Any, after: Any, shape: Shape = ANY_SHAPE, path: Path = ()) -> Iterator[Difference]:
    """The deepest places where two values differ, in document order.

    CloudFormation keeps scalars as text, so `true` and `"true"`, `5` and `"5"` are the same. The schema tells of
    lists whose order means nothing, and of values that stand where nothing is written.
    """
    if _same_text(before, after) or _same_expression(before, after):
        return
    if _is_plain_mapping(before) and _is_plain_mapping(after):
        yield from _members(before, after, shape, path)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _items(before, after, shape, path)
    else:
        yield Difference(path, before, after)


def same(before: Any, after: Any, shape: Shape = ANY_SHAPE) -> bool:
    """Whether two values mean the same."""
    return next(differences(before, after, shape), None) is None


def _same_text(before: Any, after: Any) -> bool:
    if isinstance(before, Mapping | list) or isinstance(after, Mapping | list):
        return False
    if before is NOTHING or after is NOTHING:
        return before is after
    return _text(before) == _text(after)


def _same_expression(before: Any, after: Any) -> bool:
    if not is_expression(before) or not is_expression(after) or [*before] != [*after]:
        return False
    (function,) = before
    was, becomes = before[function], after[function]
    return same(_attribute(was), _attribute(becomes)) if function == "Fn::GetAtt" else same(was, becomes)


def _attribute(argument: Any) -> Any:
    """`Table.Arn`, which may be written as one word or as two."""
    return ".".join(map(str, argument)) if isinstance(argument, list) else argument


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _is_plain_mapping(value: Any) -> bool:
    return isinstance(value, Mapping) and not is_expression(value)


def _members(
    before: Mapping[str, Any], after: Mapping[str, Any], shape: Shape, path: Path
) -> Iterator[Difference]:
    defaults = shape.defaults
    for name in [*after, *(name for name in before if name not in after)]:
        was, becomes = before.get(name, NOTHING), after.get(name, NOTHING)
        if name in defaults:
            was = defaults[name] if was is NOTHING else was
            becomes = defaults[name] if becomes is NOTHING else becomes
        for found in differences(was, becomes, shape.child(name), (*path, name)):
            missing = found.path == (*path, name)  # then say what is written, not what stands for it
            yield (
                Difference(found.path, before.get(name, NOTHING), after.get(name, NOTHING))
                if missing
                else found
            )


def _items(before: list[Any], after: list[Any], shape: Shape, path: Path) -> Iterator[Difference]:
    inner = shape.child(0)
    if shape.is_set:
        gone, come = _unmatched(before, after, inner), _unmatched(after, before, inner)
    else:
        first = _common(before, after, inner)
        last = _common(before[first:][::-1], after[first:][::-1], inner)
        gone = list(range(first, len(before) - last))
        come = list(range(first, len(after) - last))
    # In a set nothing tells which item became which; only two mappings are worth comparing.
    comparable = not shape.is_set or (_deep(before, gone) and _deep(after, come))
    paired = min(len(gone), len(come)) if comparable else 0
    for old, new in zip(gone[:paired], come[:paired], strict=True):
        yield from differences(before[old], after[new], inner, (*path, new))
    for old in gone[paired:]:
        yield Difference((*path, old), before[old], NOTHING)
    for new in come[paired:]:
        yield Difference((*path, new), NOTHING, after[new])


def _deep(values: list[Any], indexes: list[int]) -> bool:
    return all(isinstance(values[index], Mapping) for index in indexes)


def _common(before: list[Any], after: list[Any], inner: Shape) -> int:
    """How many items from the beginning are the same."""
    number = 0
    for was, becomes in zip(before, after, strict=False):
        if not same(was, becomes, inner):
            break
        number += 1
    return number


def _unmatched(values: list[Any], others: list[Any], inner: Shape) -> list[int]:
    """The indexes of `values` that have no equal of their own among `others`."""
    free = list(others)
    left = []
    for index, value in enumerate(values):
        match = next((place for place, other in enumerate(free) if same(value, other, inner)), None)
        if match is None:
            left.append(index)
        else:
            free.pop(match)
    return left
