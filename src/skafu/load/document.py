"""One file of YAML or JSON -> a tree of nodes with positions.

The tree is built from the parser's events, not by PyYAML's composer: that way nesting, aliases and
size are bounded before they cost anything, and every key and value keeps its mark. YAML 1.1 as PyYAML
reads it, except that dates stay text (CloudFormation knows no dates).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from yaml.constructor import SafeConstructor
from yaml.nodes import ScalarNode
from yaml.resolver import Resolver

from skafu.load.keys import is_refused, refusal
from skafu.load.problems import DocumentError, problem
from skafu.model.node import Node, Scalar
from skafu.model.place import Location

MAX_BYTES = 1_048_576
"""CloudFormation takes templates of up to 1 MB (quota "Template body size in an Amazon S3 object")."""

MAX_DEPTH = 100
"""Levels of nesting. The deepest public template we know has 23; recursion stays far from its limit."""

MAX_NODES = 250_000
"""Values after aliases are followed; the same guard that cfn-lint sets against alias bombs."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVER: Any = Resolver()
_CONSTRUCTOR = SafeConstructor()
_MERGE = "tag:yaml.org,2002:merge"
_SCALARS = {
    "tag:yaml.org,2002:int": _CONSTRUCTOR.construct_yaml_int,
    "tag:yaml.org,2002:float": _CONSTRUCTOR.construct_yaml_float,
    "tag:yaml.org,2002:bool": _CONSTRUCTOR.construct_yaml_bool,
    "tag:yaml.org,2002:null": _CONSTRUCTOR.construct_yaml_null,
}

_JSON_ESCAPE = re.compile(r"\\(?:u(?P<high>[dD][89abAB]\w\w)\\u(?P<low>[dD][c-fC-F]\w\w)|.)")


def read_document(root: Path, file: str, *, rule: str) -> Node:
    """Read `file`, a path relative to `root`, as one document whose top is a mapping.

    Args:
        root: the repository.
        file: relative path with forward slashes; it also stands in every location.
        rule: id for the findings: `template-syntax` reads CloudFormation's short forms (`!Ref`),
            `definition-syntax` refuses them.

    Raises:
        DocumentError: when the file is missing, too large, not text, not YAML, or not a mapping.
    """
    return parse_document(_read_text(root / file, file, rule), file, rule=rule)


def parse_document(text: str, file: str, *, rule: str) -> Node:
    """The same, from text that is already in memory."""
    if text.lstrip().startswith("{"):
        text = _json_as_yaml(text, file, rule)
    node = _Builder(text, file, rule).build()
    if not isinstance(node.value, dict):
        raise DocumentError(problem(rule, "the file must hold a mapping at its top", node.location))
    return node


def _read_text(path: Path, file: str, rule: str) -> str:
    top = Location(file)
    try:
        size = path.stat().st_size
        if not path.is_file():
            raise DocumentError(problem(rule, "it is not a file", top))
        if size > MAX_BYTES:
            message = f"the file has {size / 1_048_576:.1f} MB; CloudFormation takes at most 1 MB"
            raise DocumentError(problem(rule, message, top, fix="Split it, or move data out of it."))
        data = path.read_bytes()
    except FileNotFoundError:
        raise DocumentError(problem(rule, "the file does not exist", top)) from None
    except OSError as error:
        message = f"the file cannot be read: {error.strerror or error}"
        raise DocumentError(problem(rule, message, top)) from None
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        raise DocumentError(problem(rule, "the file is binary, not text", Location(file, line)))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        column = error.start - (data.rfind(b"\n", 0, error.start) + 1) + 1
        message = f"the file is not UTF-8: byte 0x{data[error.start]:02x}"
        fix = "Save the file as UTF-8."
        raise DocumentError(problem(rule, message, Location(file, line, column), fix=fix)) from None


def _json_as_yaml(text: str, file: str, rule: str) -> str:
    r"""Make valid JSON readable as YAML: tabs between tokens, `\/` and surrogate pairs are JSON's alone.

    A tab becomes one space, so that columns stay (after a surrogate pair they are two too small). Text that
    is not JSON is YAML flow style: unchanged.
    """
    try:
        json.loads(text)
    except json.JSONDecodeError:
        return text
    except RecursionError:
        message = f"the file is nested deeper than {MAX_DEPTH} levels"
        raise DocumentError(problem(rule, message, Location(file))) from None
    return _JSON_ESCAPE.sub(_as_yaml, text.replace("\t", " "))


def _as_yaml(escape: re.Match[str]) -> str:
    if escape["high"]:
        high, low = int(escape["high"], 16), int(escape["low"], 16)
        return f"\\U{0x10000 + ((high & 0x3FF) << 10 | low & 0x3FF):08x}"
    return "/" if escape[0] == r"\/" else escape[0]


class _Builder:
    """Builds the tree of one file from the parser's events."""

    def __init__(self, text: str, file: str, rule: str) -> None:
        self.file = file
        self.rule = rule
        self.short_forms = rule == "template-syntax"
        self.anchors: dict[str, tuple[Node, int, int]] = {}
        """Anchor -> its node, how many values that holds, and how many levels."""
        self.open_anchors: set[str] = set()
        self.refused_keys: list[Any] = []
        self.count = 0
        self.deepest = 0
        self.events: Iterator[Any] = self._events(text)

    def build(self) -> Node:
        event = next(self.events)
        while isinstance(event, yaml.StreamStartEvent | yaml.DocumentStartEvent):
            event = next(self.events)
        if isinstance(event, yaml.StreamEndEvent):
            raise DocumentError(problem(self.rule, "the file is empty", Location(self.file)))
        node = self._node(event, 0)
        next(self.events)
        event = next(self.events)
        if isinstance(event, yaml.DocumentStartEvent):
            raise self._bad("holds a second document; only one is read", event)
        if self.refused_keys:
            what, fix = refusal(self.refused_keys)
            raise self._bad(what, self.refused_keys[0], fix)
        return node

    def _events(self, text: str) -> Iterator[Any]:
        try:
            yield from yaml.parse(text, Loader=_Loader)
        except yaml.MarkedYAMLError as error:
            at = self._marked(text, error.problem_mark or error.context_mark)
            said = error.problem or error.context or "it is not YAML"
            fix = "YAML takes spaces, not tabs, for indentation." if _tab_at(text, at) else ""
            raise DocumentError(problem(self.rule, f"the file is not YAML: {said}", at, fix=fix)) from None
        except yaml.reader.ReaderError as error:
            raise self._bad_character(text, text.find(chr(error.character))) from None
        except UnicodeEncodeError as error:
            raise self._bad_character(text, error.start) from None

    def _node(self, event: Any, depth: int) -> Node:
        self._descend(depth, event)
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth)
        if not event.anchor:
            return self._plain(event, depth)
        count, deepest = self.count, self.deepest
        self.deepest = depth
        self.open_anchors.add(event.anchor)
        node = self._plain(event, depth)
        self.open_anchors.discard(event.anchor)
        self.anchors[event.anchor] = (node, self.count - count, self.deepest - depth)
        self.deepest = max(deepest, self.deepest)
        return node

    def _plain(self, event: Any, depth: int) -> Node:
        """The node that begins with `event`, whatever its anchor."""
        self._grow(1, event)
        at = self._at(event)
        if isinstance(event, yaml.ScalarEvent):
            node = Node(self._scalar(event), at)
        elif isinstance(event, yaml.SequenceStartEvent):
            items: list[Node] = []
            while not isinstance(item := next(self.events), yaml.SequenceEndEvent):
                items.append(self._node(item, depth + 1))
            node = Node(items, at)
        else:
            node = Node(self._mapping(depth), at)
        return self._tagged(event, node)

    def _alias(self, event: Any, depth: int) -> Node:
        if event.anchor in self.open_anchors:
            raise self._bad(f"has an alias *{event.anchor} inside its own anchor", event)
        if event.anchor not in self.anchors:
            raise self._bad(f"has an alias *{event.anchor} without an anchor", event)
        node, size, height = self.anchors[event.anchor]
        self._grow(size, event)
        self._descend(depth + height, event)
        return node

    def _mapping(self, depth: int) -> dict[str, Node]:
        members: dict[str, Node] = {}
        merged: list[Node] = []
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                raise self._bad("has a key that is not text", event)
            key, at = event.value, self._at(event)
            tag = _RESOLVER.resolve(ScalarNode, key, event.implicit)
            if self.short_forms and is_refused(event, tag):
                self.refused_keys.append(event)
            value = self._node(next(self.events), depth + 1)
            if tag == _MERGE:
                merged += self._sources(value, event)
                continue
            if key in members:
                first = members[key].place.line
                raise self._bad(f'has the key "{key}" twice; it stands in line {first} already', event)
            members[key] = value.under(at)
        for source in merged:
            members = {**source.members, **members}
        return members

    def _sources(self, value: Node, event: Any) -> list[Node]:
        """The mappings that a merge key brings in."""
        sources = value.items if isinstance(value.value, list) else [value]
        if not all(isinstance(source.value, dict) for source in sources):
            raise self._bad("merges something that is no mapping", event)
        return sources

    def _scalar(self, event: Any) -> Scalar:
        if event.tag not in {None, "!"} and not event.tag.startswith("tag:yaml.org,2002:"):
            return str(event.value)
        tag = event.tag if event.tag not in {None, "!"} else None
        tag = tag or _RESOLVER.resolve(ScalarNode, event.value, event.implicit)
        construct = _SCALARS.get(tag)
        if construct is None:
            return str(event.value)
        try:
            value: Scalar = construct(ScalarNode(tag, event.value))
        except (ValueError, LookupError, OverflowError):
            raise self._bad(f'has "{event.value[:40]}", which is not what its tag says', event) from None
        if isinstance(value, float) and not math.isfinite(value):
            raise self._bad(
                f'has the number "{event.value[:40]}", and only finite ones can be compared', event
            )
        return value

    def _tagged(self, event: Any, node: Node) -> Node:
        tag = event.tag
        if tag is None or tag == "!" or tag.startswith("tag:yaml.org,2002:"):
            return node
        if not self.short_forms:
            raise self._bad(f"has the tag {tag}; declarations hold data only", event)
        name = tag.lstrip("!")
        function = name if name in {"Ref", "Condition"} else f"Fn::{name}"
        if function == "Fn::GetAtt" and isinstance(node.value, str):
            parts: list[Node] = [Node(part, node.location) for part in node.value.split(".", 1)]
            node = Node(parts, node.location)
        argument = replace(node, location=_content(node))
        return Node({function: argument.under(node.location)}, node.location)

    def _grow(self, nodes: int, event: Any) -> None:
        self.count += nodes
        if self.count > MAX_NODES:
            raise self._bad(f"grows beyond {MAX_NODES:,} values when its aliases are followed", event)

    def _descend(self, depth: int, event: Any) -> None:
        self.deepest = max(self.deepest, depth)
        if depth > MAX_DEPTH:
            raise self._bad(f"is nested deeper than {MAX_DEPTH} levels", event)

    def _marked(self, text: str, mark: Any) -> Location:
        """The place of a mark; what is missing at the end is missing in the last line, not behind it."""
        if mark is None:
            return Location(self.file)
        lines = text.splitlines() or [""]
        if mark.line >= len(lines):
            return Location(self.file, len(lines), len(lines[-1]) + 1)
        return Location(self.file, mark.line + 1, mark.column + 1)

    def _at(self, event: Any) -> Location:
        return Location(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _bad(self, what: str, event: Any, fix: str = "") -> DocumentError:
        return DocumentError(problem(self.rule, f"the file {what}", self._at(event), fix=fix))

    def _bad_character(self, text: str, position: int) -> DocumentError:
        before = text[:position]
        at = Location(self.file, before.count("\n") + 1, position - before.rfind("\n"))
        message = f"the file holds the character U+{ord(text[position]):04X}, which YAML does not allow"
        return DocumentError(problem(self.rule, message, at))


def _content(node: Node) -> Location:
    """Where what a tag is put before begins; the parser says where the tag stands, maybe a line above."""
    inside = [*node.members.values(), *node.items]
    return inside[0].place if inside else node.location


def _tab_at(text: str, at: Location) -> bool:
    lines = text.splitlines()
    return at.line <= len(lines) and "\t" in lines[at.line - 1]
