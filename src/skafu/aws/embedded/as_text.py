"""A value with intrinsic functions in it, as one text that CloudFormation puts together. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any


def as_text(value: Any) -> Any:
    """JSON text; where something in `value` is known only later, a `Fn::Join` that makes it."""
    pieces: list[Any] = []
    for piece in _pieces(value):
        if pieces and isinstance(piece, str) and isinstance(pieces[-1], str):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces[0] if len(pieces) == 1 else {"Fn::Join": ["", pieces]}


def _pieces(value: Any) -> Iterator[Any]:
    """Text, and functions whose answers belong between quotes."""
    if _is_function(value):
        yield '"'
        yield value
        yield '"'
    elif isinstance(value, Mapping):
        for number, (key, one) in enumerate(value.items()):
            yield f"{', ' if number else '{'}{json.dumps(str(key))}: "
            yield from _pieces(one)
        yield "}" if value else "{}"
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield ", " if number else "["
            yield from _pieces(one)
        yield "]" if value else "[]"
    else:
        yield json.dumps(value, ensure_ascii=False, default=str)


def _is_function(value: Any) -> bool:
    if not isinstance(value, Mapping) or len(value) != 1:
        return False
    (name,) = value
    return name == "Ref" or str(name).startswith("Fn::")
