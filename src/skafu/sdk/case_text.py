"""The text of a cases file -> the cases as written, with the lines they stand on.

YAML is read as `skafu.load` reads templates: dates stay text, `!Ref` and its like are short forms, and a key
that is written twice is an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

_MERGE = "tag:yaml.org,2002:merge"
_TEXT = "tag:yaml.org,2002:str"
_TIMESTAMP = "tag:yaml.org,2002:timestamp"


class CasesError(ValueError):
    """A cases file that cannot be used.

    Attributes:
        line: where, 1-based.
    """

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


@dataclass(frozen=True, slots=True)
class Written:
    """One item of a cases file.

    Attributes:
        line: where it starts, 1-based.
        data: what it says.
        expect_lines: where each item of its `expect` starts; empty if that is no list.
    """

    line: int
    data: Any
    expect_lines: tuple[int, ...]


def read_written(text: str) -> list[Written]:
    """The items of the list in `text`.

    Raises:
        CasesError: it is not YAML, or not a list of at least one item.
    """
    loader = _Loader(text)
    try:
        top = loader.get_single_node()
        if not isinstance(top, yaml.SequenceNode) or not top.value:
            line = 1 if top is None else _line(top)
            raise CasesError(line, "a cases file is a list of at least one case")
        for node in _nodes(top, set(), ()):
            _read_keys(node)
        items = loader.construct_document(top)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        reason = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
        raise CasesError(1 if mark is None else mark.line + 1, f"it is not YAML: {reason}") from error
    finally:
        loader.dispose()
    return [
        Written(_line(node), data, _expect_lines(node)) for node, data in zip(top.value, items, strict=True)
    ]


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """PyYAML's safe loader without dates, and with CloudFormation's short forms."""

    yaml_implicit_resolvers = {  # noqa: RUF012  (PyYAML reads the attribute of the class)
        first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def _short_form(loader: _Loader, name: str, node: yaml.Node) -> dict[str, Any]:
    key = name if name in ("Ref", "Condition") else f"Fn::{name}"
    if isinstance(node, yaml.ScalarNode):
        value = str(node.value)
        return {key: value.split(".", 1) if name == "GetAtt" else value}
    if isinstance(node, yaml.SequenceNode):
        return {key: loader.construct_sequence(node, deep=True)}
    return {key: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _short_form)


def _nodes(node: Any, seen: set[int], above: tuple[int, ...]) -> Iterator[Any]:
    """The node and all below it, each once."""
    if id(node) in above:
        raise CasesError(_line(node), "it holds itself")
    if id(node) in seen:
        return
    seen.add(id(node))
    yield node
    if isinstance(node, yaml.CollectionNode):
        for item in node.value:
            for child in item if isinstance(item, tuple) else (item,):
                yield from _nodes(child, seen, (*above, id(node)))


def _read_keys(node: Any) -> None:
    """Keys are text, also `Off` and `200`, and each is there once."""
    names: set[str] = set()
    for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
        if not isinstance(key, yaml.ScalarNode):
            raise CasesError(_line(key), "a key is text")
        if key.tag == _MERGE:
            continue
        if key.value in names:
            raise CasesError(_line(key), f"{key.value} is written twice")
        names.add(key.value)
        key.tag = _TEXT


def _expect_lines(item: Any) -> tuple[int, ...]:
    members = item.value if isinstance(item, yaml.MappingNode) else ()
    lists = [
        value for key, value in members if key.value == "expect" and isinstance(value, yaml.SequenceNode)
    ]
    return tuple(_line(one) for node in lists for one in node.value)


def _line(node: Any) -> int:
    return int(node.start_mark.line) + 1
