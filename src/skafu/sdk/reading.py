"""Finding values in plain data by the paths that people write."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from skafu.sdk.unknown import Unknown

At: TypeAlias = str | tuple[str | int, ...]
"""A path: `"Rules[0].Id"`, or its parts as a tuple where a key has a dot in it: `("paths", "/v1.0", "get")`."""

_PART = re.compile(r"\[(\d+)\]|([^.\[\]]+)")


def parts(at: At) -> tuple[str | int, ...]:
    """The keys and indexes of a path.

    >>> parts("Rules[0].Id")
    ('Rules', 0, 'Id')
    """
    if isinstance(at, tuple):
        return at
    return _read(at)


@lru_cache(maxsize=4096)
def _read(text: str) -> tuple[str | int, ...]:
    return tuple(int(index) if index else key for index, key in _PART.findall(text))


def find(tree: Any, at: At, default: Any = None) -> Any:
    """The value at a path; `default` where it is absent or null; the `Unknown` that the path runs into."""
    for part in parts(at):
        if isinstance(tree, Unknown):
            return tree
        if isinstance(tree, Mapping) and isinstance(part, str):
            tree = tree.get(part)
        elif isinstance(tree, list) and isinstance(part, int) and part < len(tree):
            tree = tree[part]
        else:
            return default
    return default if tree is None else tree


def as_flag(value: Any) -> bool:
    """A boolean as CloudFormation reads it: `true` and `"true"` are the same.

    Raises:
        ValueError: it is neither.
    """
    text = str(value).lower()
    if text not in ("true", "false"):
        raise ValueError(f"{value!r} is neither true nor false")
    return text == "true"


def as_number(value: Any) -> int | float:
    """A number as CloudFormation reads it: `30` and `"30"` are the same.

    Raises:
        ValueError: it is none.
    """
    try:
        number = float(str(value))
    except ValueError:
        raise ValueError(f"{value!r} is not a number") from None
    return int(number) if number.is_integer() else number


def as_list(value: Any) -> list[Any]:
    """The items of something that may be written as one item or as a list of them; none for None."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
